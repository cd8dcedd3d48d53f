package org.lm4j.train;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.lm4j.cli.Lm;

/** A training run in a separate process, which can be killed. */
final class TrainingProcess {
  private static final List<String> COMMAND =
      List.of(
          Path.of(System.getProperty("java.home"), "bin", "java").toString(),
          "--add-modules",
          "jdk.incubator.vector",
          "--enable-native-access=ALL-UNNAMED",
          "-Xss8m",
          "-cp",
          System.getProperty("java.class.path"),
          Lm.class.getName());

  private TrainingProcess() {}

  /** Begins a run, or continues with it if there is one. Its stderr goes to {@code model.err}. */
  static Process start(Path corpus, Path model) throws IOException {
    List<String> command = new ArrayList<>(COMMAND);
    command.addAll(List.of("train", "--resume", "--corpus", corpus.toString()));
    command.addAll(List.of("--model", model.toString(), "--cell", "gru", "--hidden", "24"));
    command.addAll(List.of("--dropout", "0.2", "--batch", "8", "--bptt", "16", "--epochs", "20"));
    command.addAll(List.of("--schedule", "plateau", "--checkpoint-every", "20"));
    command.addAll(List.of("--log-interval", "10", "--sample", "0", "--threads", "1"));
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(new File(model + ".err"))
        .start();
  }

  /** Continues a run, given no more than its folder and the threads its bits depend on. */
  static Process resume(Path model) throws IOException {
    List<String> command = new ArrayList<>(COMMAND);
    command.addAll(List.of("train", "--resume", "--model", model.toString()));
    command.addAll(List.of("--sample", "0", "--threads", "1"));
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(new File(model + ".err"))
        .start();
  }

  /** Some 60,000 characters with enough structure to learn from. */
  static String text(long seed) {
    Random random = new Random(seed);
    String[] words = {"anna", "ate", "a", "banana", "and", "the", "cat", "sat", "still"};
    StringBuilder text = new StringBuilder();
    while (text.length() < 60_000) {
      text.append(words[random.nextInt(words.length)]).append(random.nextInt(8) == 0 ? '\n' : ' ');
    }
    return text.toString();
  }
}
