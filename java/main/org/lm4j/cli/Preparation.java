package org.lm4j.cli;

import java.io.OutputStream;
import java.util.List;
import java.util.Set;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.Backends;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.decode.SamplingOptions;
import org.lm4j.io.Json;
import org.lm4j.task.lm.Generator;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.text.Vocabulary;

/**
 * Prepares what a command will need and what takes long the first time, on a separate thread, while
 * the command line is read.
 */
final class Preparation {
  /** The commands that need no preparation. */
  private static final Set<String> SHORT = Set.of("help", "completion", "man");

  private Preparation() {}

  /** Starts the preparation for the command with these arguments. */
  static void start(String... args) {
    if (args.length == 0 || args[0].startsWith("-") || SHORT.contains(args[0])) {
      return;
    }
    boolean generates = args[0].equals("generate");
    Thread.ofPlatform()
        .daemon()
        .name("prepare")
        // If this fails, the code that needs it fails in the same way and reports it.
        .uncaughtExceptionHandler((thread, failure) -> {})
        .start(generates ? Preparation::write : Json::prepare);
  }

  /**
   * Generates text with a small model of zeros, so that everything generation needs is loaded and
   * linked.
   */
  static void write() {
    Vocabulary vocabulary = Vocabulary.bytes();
    LanguageModelConfig config =
        new LanguageModelConfig(Cell.LSTM, vocabulary.size(), 16, 16, 1, 0, false);
    try (Backend backend = Backends.open("cpu", new BackendOptions(1));
        LanguageModelNetwork model = new LanguageModelNetwork(backend, config, false);
        Generator generator = new Generator(model, vocabulary)) {
      Generator.Request request =
          new Generator.Request(2, new SamplingOptions(1, 0, 1, false), 1, 0, List.of());
      generator.generate(new int[] {'a'}, request, OutputStream.nullOutputStream());
    }
  }
}
