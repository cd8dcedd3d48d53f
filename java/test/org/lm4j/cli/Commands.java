package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.lm4j.cli.frame.ExitCodes;

/** Runs commands inside the test's process, for the tests of this package. */
final class Commands {
  private Commands() {}

  /** The result of a command. */
  record Outcome(int code, String out, String err) {}

  static Outcome lm(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = Lm.run(Lm.commandLine(new PrintWriter(out), new PrintWriter(err)), arguments);
    return new Outcome(code, out.toString(), err.toString());
  }

  /** A command that must succeed; what it printed. */
  static String output(String... arguments) {
    Outcome outcome = lm(arguments);
    assertThat(outcome.code()).as(outcome.err()).isZero();
    return outcome.out();
  }

  /** Trains a small model; options given replace those of the same name. */
  static Outcome train(Path text, Path into, String... more) {
    List<String> given = List.of(more);
    List<String> arguments =
        new ArrayList<>(List.of("train", "--corpus", text.toString(), "--model", into.toString()));
    for (String pair :
        List.of(
            "--hidden 6",
            "--layers 1",
            "--batch 4",
            "--bptt 8",
            "--steps 5",
            "--sample 0",
            "--device reference")) {
      List<String> option = List.of(pair.split(" ", -1));
      if (!given.contains(option.get(0))) {
        arguments.addAll(option);
      }
    }
    arguments.addAll(given);
    return lm(arguments.toArray(String[]::new));
  }

  /** Expects one sentence on stderr and exit code 2. */
  static void assertRefused(Outcome outcome, String... words) {
    assertThat(outcome.err()).hasLineCount(1).startsWith("lm").contains(words);
    assertThat(outcome.err()).doesNotContain("Exception", "internal error");
    assertThat(outcome.code()).as(outcome.err()).isEqualTo(ExitCodes.BAD_INPUT);
  }

  /** Every file of a folder, but for the lock, which names the process that trained last. */
  static Map<String, byte[]> contents(Path folder) throws IOException {
    Map<String, byte[]> contents = new TreeMap<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (file.endsWith(".training")) {
          continue;
        }
        contents.put(folder.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    return contents;
  }
}
