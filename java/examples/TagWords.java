package examples;

import java.nio.file.Path;
import java.util.List;
import org.lm4j.task.tag.Tagger;

/** Assigns a tag to every word of a sentence. */
public final class TagWords {
  public static void main(String[] arguments) {
    List<String> words = List.of(arguments).subList(1, arguments.length);
    try (var tagger = Tagger.load(Path.of(arguments[0]))) {
      List<String> tags = tagger.tag(words);
      for (int i = 0; i < words.size(); i++) {
        System.out.println(words.get(i) + " " + tags.get(i));
      }
    }
  }
}
