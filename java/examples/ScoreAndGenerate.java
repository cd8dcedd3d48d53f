package examples;

import java.nio.file.Path;
import org.lm4j.decode.Sampling;
import org.lm4j.task.lm.LanguageModel;
import org.lm4j.task.lm.Score;

/** Loads a language model, scores a text word by word, and continues a prompt. */
public final class ScoreAndGenerate {
  public static void main(String[] arguments) {
    try (var model = LanguageModel.load(Path.of(arguments[0]))) {
      Score score = model.score("public static void main");
      score
          .words()
          .forEach(word -> System.out.printf("%6.2f bits  %s%n", word.bits(), word.text()));
      System.out.printf("perplexity %.2f%n", score.perplexity());
      System.out.println(model.generate("import ", Sampling.temperature(0.8).seed(1).length(200)));
    }
  }
}
