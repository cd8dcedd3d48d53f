package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.Need;
import org.lm4j.cli.frame.ExitCodes;

/** {@code scripts/compare} on a small text, with lm4j as it was just compiled. */
@Timeout(180)
@Tag("slow")
class CompareScriptTest {
  @TempDir private Path folder;
  private Path lm = Path.of("");
  private Path text = Path.of("");

  private record Ran(int code, String out, String err) {}

  @BeforeEach
  void prepare() throws IOException {
    Need.SHELL.executable("/bin/bash");
    lm = folder.resolve("lm");
    Files.writeString(
        lm,
        """
        #!/bin/bash
        exec '%s' --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED \
            -cp '%s' org.lm4j.cli.Lm "$@"
        """
            .formatted(
                Path.of(System.getProperty("java.home"), "bin", "java"),
                System.getProperty("java.class.path")));
    assertThat(lm.toFile().setExecutable(true)).isTrue();
    text = folder.resolve("text");
    Random random = new Random(4);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      lines.add(random.nextBoolean() ? "the cat sat on the mat" : "a dog ran in the park");
    }
    Files.write(text, lines);
  }

  private Ran run(String... more) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("/bin/bash", "scripts/compare"));
    command.addAll(List.of(more));
    Path out = folder.resolve("stdout");
    Path err = folder.resolve("stderr");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().put("LM", lm.toString());
    Process process = builder.start();
    assertThat(process.waitFor(150, TimeUnit.SECONDS)).isTrue();
    return new Ran(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private Ran compare(String... more) throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>();
    for (String part : new String[] {"--corpus", "--valid", "--test"}) {
      arguments.addAll(List.of(part, text.toString()));
    }
    arguments.addAll(List.of("--output", folder.resolve("made").toString()));
    arguments.addAll(List.of("--hidden", "8", "--batch", "4", "--bptt", "5", "--epochs", "1"));
    arguments.addAll(List.of("--threads", "1"));
    arguments.addAll(List.of(more));
    return run(arguments.toArray(String[]::new));
  }

  @Test
  void everyModelIsTrainedAndScoredAndASecondCallContinues() throws Exception {
    Ran first = compare();
    assertThat(first.code()).as(first.err()).isZero();
    assertThat(first.out().lines().map(line -> line.split("\t", -1)[0]))
        .containsExactly("model", "rnn", "lstm", "lstm+skip-gram");
    assertThat(first.out().lines().skip(1).map(line -> line.split("\t", -1)[1]))
        .allSatisfy(perplexity -> assertThat(Double.parseDouble(perplexity)).isBetween(1.0, 13.0));
    assertThat(first.err()).contains("skip-gram.txt: 10 of 12 words found");

    Path vectors = folder.resolve("made/skip-gram.txt");
    Ran second = compare("--vectors", vectors.toString());
    assertThat(second.code()).as(second.err()).isZero();
    assertThat(second.out().lines().map(line -> line.split("\t", -1)[0]))
        .containsExactly("model", "rnn", "lstm", "lstm+skip-gram", "lstm+vectors");
    assertThat(second.err()).contains("nothing left to do");
    assertThat(second.out()).startsWith(first.out().lines().findFirst().orElseThrow());
  }

  @Test
  void badArgumentsAreNamed() throws Exception {
    Ran nothing = run();
    assertThat(nothing.code()).isEqualTo(ExitCodes.BAD_INPUT);
    assertThat(nothing.err()).contains("give --corpus").hasLineCount(1);
    Ran absent = compare("--vectors", folder.resolve("absent").toString());
    assertThat(absent.code()).isEqualTo(ExitCodes.BAD_INPUT);
    assertThat(absent.err()).contains("cannot read " + folder.resolve("absent"));
  }
}
