package examples;

import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.lm4j.decode.Sampling;
import org.lm4j.task.lm.LanguageModel;

/** Generates eight texts at the same time with one model, which the threads share. */
public final class GenerateInThreads {
  public static void main(String[] arguments) {
    try (var model = LanguageModel.load(Path.of(arguments[0]))) {
      var sampling = Sampling.temperature(0.7).topP(0.95).length(100);
      var texts =
          IntStream.range(0, 8)
              .mapToObj(i -> model.generateAsync("public ", sampling.seed(i)))
              .toList();
      texts.stream().map(CompletableFuture::join).forEach(System.out::println);
    }
  }
}
