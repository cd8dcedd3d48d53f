package org.lm4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.cli.Commands.output;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.Need;

/** The script of {@code lm completion fish}, in fish itself. */
class FishCompletionTest {
  private static final Path FISH = Path.of("/usr/bin/fish");

  @TempDir private Path folder;
  private Path script;

  @BeforeEach
  void writeScript() throws IOException {
    Need.FISH.executable(FISH.toString());
    script = Files.writeString(folder.resolve("lm.fish"), output("completion", "fish"));
  }

  private String fish(String... arguments) throws IOException, InterruptedException {
    List<String> command = new java.util.ArrayList<>(List.of(FISH.toString(), "--no-config"));
    command.addAll(List.of(arguments));
    Path written = folder.resolve("output");
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("HOME", folder.toString());
    builder.directory(folder.toFile()).redirectErrorStream(true).redirectOutput(written.toFile());
    Process process = builder.start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    String text = Files.readString(written, UTF_8);
    assertThat(process.exitValue()).as(text).isZero();
    return text;
  }

  /** What is offered for a line, without the descriptions. */
  private List<String> offered(String line) throws IOException, InterruptedException {
    String all = fish("-c", "source " + script + "; complete --do-complete '" + line + "'");
    return all.lines().map(each -> each.split("\t", -1)[0]).toList();
  }

  @Test
  void fishParsesTheScript() throws IOException, InterruptedException {
    assertThat(fish("--no-execute", script.toString())).isEmpty();
  }

  @Test
  void commandsAreOfferedWhereTheyStand() throws IOException, InterruptedException {
    assertThat(offered("lm ")).contains("train", "eval", "caption", "help").doesNotContain("man");
    assertThat(offered("lm caption ")).containsExactlyInAnyOrder("train", "generate", "eval");
  }

  @Test
  void optionsAreThoseOfTheCommand() throws IOException, InterruptedException {
    assertThat(offered("lm net train --"))
        .contains("--images", "--hidden")
        .doesNotContain("--cell");
  }

  @Test
  void valuesAreOfferedWhereThereAreAFew() throws IOException, InterruptedException {
    assertThat(offered("lm train --cell "))
        .containsExactlyInAnyOrder("rnn", "rnn-relu", "lstm", "gru", "mingru");
    assertThat(offered("lm train --cell l")).containsExactly("lstm");
  }

  @Test
  void filesAreOfferedForPaths() throws IOException, InterruptedException {
    Files.writeString(folder.resolve("book.txt"), "");
    assertThat(offered("lm train --corpus bo")).containsExactly("book.txt");
    assertThat(offered("lm train --hidden bo")).isEmpty();
  }
}
