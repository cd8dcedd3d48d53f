package examples;

import java.nio.file.Path;
import org.lm4j.task.embed.WordVectors;

/** Finds the nearest words in a file of word2vec, GloVe or fastText, and solves an analogy. */
public final class NearestWords {
  public static void main(String[] arguments) {
    try (var vectors = WordVectors.read(Path.of(arguments[0]))) {
      vectors
          .nearest(arguments[1], 5)
          .forEach(found -> System.out.printf("%.4f %s%n", found.cosine(), found.word()));
      var answers = vectors.analogy(arguments[1], arguments[2], arguments[3], 1);
      System.out.println("analogy: " + answers.getFirst().word());
    }
  }
}
