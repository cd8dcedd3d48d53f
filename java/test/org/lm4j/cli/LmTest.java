package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.lm4j.InputException;
import org.lm4j.cli.frame.Terminal;
import org.lm4j.compute.BackendException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

class LmTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final CommandLine lm = Lm.commandLine(new PrintWriter(out), new PrintWriter(err));

  @Test
  void helpNamesEveryCommandAndFitsEightyColumns() {
    assertThat(Lm.run(lm, "--help")).isZero();
    assertThat(out.toString()).contains("A first session").contains(lm.getSubcommands().keySet());
    assertThat(out.toString().lines()).allMatch(line -> line.length() <= 80);
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void everyCommandExplainsItselfByHelpAndByItsOption() {
    for (String command : lm.getSubcommands().keySet()) {
      out.getBuffer().setLength(0);
      assertThat(Lm.run(lm, "help", command)).as(command).isZero();
      String byHelp = out.toString();
      out.getBuffer().setLength(0);
      assertThat(Lm.run(lm, command, "--help")).as(command).isZero();
      assertThat(out.toString()).startsWith("Usage: lm " + command).isEqualTo(byHelp);
    }
  }

  @Test
  void aCallThatNamesACommandNeedsNoOther() {
    int all = lm.getSubcommands().size();
    for (String command : lm.getSubcommands().keySet()) {
      CommandLine needed =
          Lm.commandLine(
              new PrintWriter(out), new PrintWriter(err), Terminal.none(), Needed.by(command));
      boolean aboutAll = List.of("help", "man", "completion").contains(command);
      assertThat(needed.getSubcommands()).containsKey(command).hasSize(aboutAll ? all : 1);
    }
  }

  /** Also where one command's name is the value of another's option, or a group's command. */
  @Test
  void theCommandACallBeginsWithIsTheOneThatIsRead() {
    for (String[] call :
        List.of(
            new String[] {"seq2seq", "train", "--help"},
            new String[] {"train", "--corpus", "completion", "--help"},
            new String[] {"--quiet", "train", "--help"})) {
      out.getBuffer().setLength(0);
      assertThat(Lm.run(needing(call), call)).as(err.toString()).isZero();
      String needed = out.toString();
      out.getBuffer().setLength(0);
      assertThat(Lm.run(lm, call)).isZero();
      assertThat(needed).isEqualTo(out.toString()).contains("--hidden");
    }
  }

  /** The list of commands, without reading their options, is what reading them makes of it. */
  @Test
  void aListOfCommandsNeedsNoneOfTheirOptions() {
    for (String[] call :
        List.of(
            new String[] {"--help"},
            new String[] {},
            new String[] {"help"},
            new String[] {"help", "caption"},
            new String[] {"caption", "--help"},
            new String[] {"help", "caption", "train"},
            new String[] {"trian"},
            new String[] {"caption", "trian"},
            new String[] {"help", "caption", "evla"},
            new String[] {"--debug", "completion", "bash"},
            new String[] {"help", "man"},
            new String[] {"man"})) {
      out.getBuffer().setLength(0);
      err.getBuffer().setLength(0);
      int code = Lm.run(needing(call), call);
      String needed = out + "|" + err;
      out.getBuffer().setLength(0);
      err.getBuffer().setLength(0);
      assertThat(Lm.run(lm, call)).isEqualTo(code);
      assertThat(needed)
          .as(String.join(" ", call))
          .isEqualTo(out + "|" + err)
          .hasSizeGreaterThan(9);
    }
    CommandLine listed = needing("--help");
    assertThat(listed.getSubcommands().keySet()).isEqualTo(lm.getSubcommands().keySet());
    CommandLine train = Objects.requireNonNull(listed.getSubcommands().get("train"));
    assertThat(train.getCommandSpec().findOption("--hidden")).isNull();
  }

  private CommandLine needing(String... call) {
    return Lm.commandLine(
        new PrintWriter(out), new PrintWriter(err), Terminal.none(), Needed.by(call));
  }

  @Test
  void versionNamesLm4jAndJava() {
    assertThat(Lm.run(lm, "--version")).isZero();
    assertThat(out.toString()).contains("lm4j ").contains("Java " + Runtime.version());
  }

  @Test
  void withoutACommandTheHelpGoesToStderr() {
    assertThat(Lm.run(lm)).isEqualTo(2);
    assertThat(err.toString()).startsWith("Usage: lm ");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void typingErrorsGetTheNearestName() {
    assertThat(Lm.run(lm, "docter")).isEqualTo(2);
    assertThat(err.toString()).contains("'docter'; did you mean doctor").hasLineCount(1);
    err.getBuffer().setLength(0);
    assertThat(Lm.run(lm, "doctor", "--debgu")).isEqualTo(2);
    assertThat(err.toString()).contains("'--debgu'; did you mean --debug?").hasLineCount(1);
    err.getBuffer().setLength(0);
    assertThat(Lm.run(lm, "help", "nothing")).isEqualTo(2);
    assertThat(err.toString()).contains("no command 'nothing'").hasLineCount(1);
    err.getBuffer().setLength(0);
    assertThat(Lm.run(lm, "help", "net", "trian")).isEqualTo(2);
    assertThat(err.toString()).contains("no command 'trian'; did you mean train?").hasLineCount(1);
    assertThat(Lm.run(lm, "help", "net", "train")).isZero();
    assertThat(out.toString()).contains("lm net train");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      value = {
        "train --seed abc; '--seed': 'abc' is not a whole number",
        "eval --device gpu; '--device': 'gpu' is none of auto, cpu, cuda, reference",
        "plot --x y a; '--x': 'y' is none of step, epoch, time",
        "completion ksh; value for SHELL: 'ksh' is none of bash, zsh, fish",
        "info a b; 'b' is one argument too many",
        "net trian; there is no command 'trian'; did you mean train?"
      })
  void unreadableInputIsReportedInPlainWords(String command, String says) {
    assertThat(Lm.run(lm, command.split(" ", -1))).isEqualTo(2);
    assertThat(err.toString()).contains(says).hasLineCount(1).doesNotContain("index", "[");
  }

  @Test
  void namesAreReadInWhateverCase() {
    String names = "--corpus none.txt --cell GRU --model none --device REFERENCE";
    for (String command :
        List.of("train --level CHAR " + names, "seq2seq train --level Word " + names)) {
      err.getBuffer().setLength(0);
      assertThat(Lm.run(lm, command.split(" ", -1))).isEqualTo(2);
      assertThat(err.toString()).contains("none.txt").doesNotContain("CHAR", "Word", "GRU");
    }
  }

  @Test
  void anUnknownOptionIsNoneOfTheValuesBeforeIt() {
    for (String command :
        List.of(
            "eval --model m --corpus a.txt --batc 3",
            "train --model m --corpus a.txt --batc 3",
            "train --corpus a.txt --model --batc 3",
            "net train --model m --cifar a --batc",
            "embed train --model m --corpus a b --batc",
            "classify train --model m --files a=b --batc")) {
      err.getBuffer().setLength(0);
      assertThat(Lm.run(lm, command.split(" ", -1))).as(command).isEqualTo(2);
      assertThat(err.toString())
          .contains("Unknown option: '--batc'; did you mean --batch")
          .doesNotContain("Expected")
          .hasLineCount(1);
    }
    err.getBuffer().setLength(0);
    assertThat(Lm.run(lm, "eval", "--corpus", "-", "--model", "none")).isEqualTo(2);
    assertThat(err.toString()).contains("there is no model folder none");
  }

  @Test
  void completionPrintsAScriptThatKnowsTheCommands() {
    assertThat(Lm.run(lm, "completion", "bash")).isZero();
    assertThat(out.toString()).contains("complete -F").contains("doctor");
    out.getBuffer().setLength(0);
    assertThat(Lm.run(lm, "completion", "zsh")).isZero();
    assertThat(out.toString()).contains("compinit").contains("doctor");
    out.getBuffer().setLength(0);
    assertThat(Lm.run(lm, "completion", "fish")).isZero();
    assertThat(out.toString())
        .contains("complete -c lm -n 'test \"$(__lm_path)\" = \"tag\"' -a train -d ")
        .contains("= \"tag train\"' -l corpus -r -F -d ")
        .contains("= \"train\"' -l level -x -a 'char byte word bpe' -d ")
        .contains(" -s h -l help ")
        .doesNotContain("-a man", "-l one-way", "{");
  }

  @Test
  void theManualHasEveryCommandAndNoRequestWithinAText() {
    assertThat(Lm.run(lm, "man")).isZero();
    assertThat(out.toString())
        .startsWith(".TH LM 1 ")
        .contains(".SH \"LM TAG TRAIN\"\n", ".SS Optimization\n", ".B \\-\\-corpus FILE\n")
        .doesNotContain("{", "LM MAN");
    assertThat(out.toString().lines().filter(line -> line.startsWith(".")))
        .allMatch(line -> line.matches("\\.(TH|SH|SS|PP|TP|B|nf|fi)( .*)?"));
    assertThat(Lm.run(lm, "--help")).isZero();
    assertThat(out.toString()).doesNotContain("\n  man ");
  }

  static Stream<Arguments> failures() {
    return Stream.of(
        Arguments.of(
            new InputException("a.txt: is empty; give text"), 2, "a.txt: is empty; give text"),
        Arguments.of(new BackendException("sgemm failed"), 1, "sgemm failed"),
        Arguments.of(new NoSuchFileException("x/y"), 1, "x/y: no such file or folder"),
        Arguments.of(new AccessDeniedException("x"), 1, "x: permission denied"),
        Arguments.of(
            new UncheckedIOException(new IOException("No space left on device")),
            1,
            "input or output failed: No space left on device"),
        Arguments.of(
            new UncheckedIOException(
                "cannot write x/log.jsonl: No space left on device", new IOException("full")),
            1,
            "cannot write x/log.jsonl: No space left on device"),
        Arguments.of(
            new FileNotFoundException("z\nsecond\u001b[31m"),
            1,
            "input or output failed: z second\\x1b[31m"),
        Arguments.of(
            new IllegalStateException("odd"),
            1,
            "internal error, java.lang.IllegalStateException: odd;"
                + " please report it with what --debug prints"),
        Arguments.of(new IOException(), 1, "input or output failed: IOException"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void aFailurePrintsOneSentenceAndSetsTheExitCode(Exception failure, int code, String sentence) {
    CommandLine lm = with(new Failing(failure));
    assertThat(Lm.run(lm, "fail")).isEqualTo(code);
    assertThat(err).hasToString("lm: " + sentence + System.lineSeparator());
    assertThat(out.toString()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("failures")
  void debugAddsTheStackTrace(Exception failure, int code, String sentence) {
    CommandLine lm = with(new Failing(failure));
    assertThat(Lm.run(lm, "fail", "--debug")).as(sentence).isEqualTo(code);
    assertThat(err.toString()).contains("at org.lm4j.cli.LmTest");
  }

  @Test
  void lackOfMemoryIsReportedToo() {
    CommandLine lm = with(new Exhausting());
    assertThat(Lm.run(lm, "exhaust")).isEqualTo(1);
    assertThat(err.toString()).startsWith("lm: out of memory (Java heap space);").hasLineCount(1);
  }

  @Test
  void errorsOfTheVirtualMachineAreSentencesToo() {
    String memory = "a fault occurred in an unsafe memory access operation";
    for (Error error :
        List.of(
            new InternalError(memory), new StackOverflowError(), new UnsatisfiedLinkError("x"))) {
      int before = err.getBuffer().length();
      assertThat(Lm.run(with(new Faulting(error)), "fault")).isEqualTo(1);
      String said = err.toString().substring(before);
      assertThat(said).startsWith("lm: ").hasLineCount(1);
      assertThat(said.contains("internal error")).isEqualTo(error instanceof LinkageError);
    }
    assertThat(err.toString()).contains("a file was cut short while it was being read");
  }

  private CommandLine with(Object command) {
    return Lm.commandLine(
        new PrintWriter(out), new PrintWriter(err), Terminal.none(), Needed.by(), command);
  }

  @Command(name = "fail")
  static final class Failing implements Callable<Integer> {
    private final Exception failure;

    Failing(Exception failure) {
      this.failure = failure;
    }

    @Override
    public Integer call() throws Exception {
      throw failure;
    }
  }

  @Command(name = "fault")
  static final class Faulting implements Callable<Integer> {
    private final Error failure;

    Faulting(Error failure) {
      this.failure = failure;
    }

    @Override
    public Integer call() {
      throw failure;
    }
  }

  @Command(name = "exhaust")
  static final class Exhausting implements Callable<Integer> {
    @Override
    public Integer call() {
      throw new OutOfMemoryError("Java heap space");
    }
  }
}
