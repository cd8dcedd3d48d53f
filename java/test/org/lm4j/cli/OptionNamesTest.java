package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lm4j.cli.options.BareFolder;
import picocli.CommandLine;

/** Tests that each idea has one option name, and that earlier names still work but are hidden. */
class OptionNamesTest {
  private final CommandLine program =
      Lm.commandLine(new PrintWriter(new StringWriter()), new PrintWriter(new StringWriter()));

  private CommandLine command(String path) {
    CommandLine command = program;
    for (String name : path.split(" ", -1)) {
      command = Objects.requireNonNull(command.getSubcommands().get(name), name);
    }
    return command;
  }

  @ParameterizedTest
  @CsvSource({
    "tag train, --unidirectional, --one-way",
    "classify train, --unidirectional, --one-way",
    "seq2seq train, --unidirectional, --one-way",
    "tag train, --embedding, --word-embedding",
    "embed train, --embedding, --dimension",
    "inspect, --vocab-size, --vocabulary",
    "export, --output, --to",
    "caption train, --max-length, --max-words",
    "caption generate, --max-length, --max-words",
    "seq2seq translate, --max-length, --length",
    "caption generate, --attention-table, --weights",
    "seq2seq translate, --attention-table, --weights"
  })
  void aNameOfBeforeIsTheSameOption(String path, String present, String old) {
    CommandLine command = command(path);
    assertThat(command.getCommandSpec().findOption(old)).isNotNull();
    assertThat(command.getCommandSpec().findOption(old))
        .isSameAs(command.getCommandSpec().findOption(present));
    assertThat(command.getUsageMessage()).contains(present).doesNotContain(old + "=", old + " ");
    assertThat(CompletionScript.of(program)).doesNotContain("'" + path + " " + old + "'");
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "eval models/m --corpus a, eval --model models/m --corpus a",
        "tag tag m file, tag tag --model m file",
        "vqa ask m question, vqa ask --model m question",
        "embed nearest . king queen, embed nearest --model . king queen",
        "embed nearest king queen, embed nearest king queen",
        "embed nearest king --vectors f, embed nearest king --vectors f",
        "eval --corpus a --model m, eval --corpus a --model m",
        "tag tag file --model=m, tag tag file --model=m",
        "info --model m, info m",
        "info --model=m --json, info m --json",
        "plot --model a b, plot a b",
        "help train, help train",
        "train, train"
      })
  void aFolderIsNamedWithOrWithoutModel(String typed, String read) {
    assertThat(BareFolder.spelledOut(program, typed.split(" ", -1)))
        .containsExactly(read.split(" ", -1));
  }

  @Test
  void anUnknownCommandIsRefusedThoughHelpIsAskedFor() {
    assertRefused(lm("trian", "--help"), "no command 'trian'", "did you mean train?");
    assertRefused(lm("tag", "trian", "-h"), "lm tag: ", "'trian'", "did you mean train?");
    assertThat(lm("tag", "train", "-h").code()).isZero();
  }

  @Test
  void suggestionsAreCloseAndOfTheirPlace() {
    assertRefused(lm("help", "caption", "trian"), "did you mean train?");
    Commands.Outcome far = lm("deploy");
    assertRefused(far, "no command 'deploy'");
    assertThat(far.err()).doesNotContain("did you mean");
    assertRefused(lm("eval", "--modle", "m"), "'--modle'; did you mean --model?");
    assertThat(lm("eval", "--modle", "m").err()).doesNotContain("'m'");
    assertRefused(lm("seq2seq", "train", "--one-wya"), "--one-wya");
  }

  @Test
  void allThatIsMissingIsSaidAtOnce() {
    assertRefused(lm("train"), "Missing required options: '--corpus=PATH', '--model=DIR'");
    assertRefused(lm("embed", "train"), "'--corpus=PATH', '--model=DIR'");
    assertRefused(lm("tag", "train"), "'--corpus=FILE', '--model=DIR'");
    assertRefused(lm("train", "--resume"), "'--model=DIR'");
    assertThat(lm("train", "--resume").err()).doesNotContain("--corpus");
  }
}
