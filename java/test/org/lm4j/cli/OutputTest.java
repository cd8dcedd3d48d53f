package org.lm4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.train;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.Need;
import org.lm4j.cli.frame.ExitCodes;

/** Output that ends in a closed pipe, on a full disk or in the wrong place. */
@Timeout(60)
@Tag("slow")
class OutputTest {
  private static final Path FULL = Path.of("/dev/full");

  @TempDir private Path folder;
  private Path corpus;
  private Path model;

  @BeforeEach
  void trainASmallModel() throws IOException {
    corpus = Files.writeString(folder.resolve("corpus.txt"), "the cat sat on the mat\n".repeat(60));
    model = folder.resolve("model");
    assertThat(train(corpus, model).code()).isZero();
  }

  @Test
  void aReaderThatClosesThePipeCausesNoMessage() throws Exception {
    Process process =
        start(List.of(), "generate", "--model", model.toString(), "--length", "1000000");
    assertThat(process.getInputStream().readNBytes(10)).hasSize(10);
    process.getInputStream().close();
    assertThat(errors(process)).isEmpty();
    assertThat(process.waitFor()).isEqualTo(ExitCodes.FAILURE);
  }

  @Test
  void resultsThatCouldNotBeWrittenAreAFailure() throws Exception {
    Need.DEVICES.check(Files.isWritable(FULL), "no /dev/full here");
    String folder = model.toString();
    for (List<String> command :
        List.of(
            List.of("info", folder),
            List.of("eval", "--json", "--model", folder, "--corpus", corpus.toString()),
            List.of("generate", "--length", "20", "--model", folder))) {
      List<String> full = List.of("/bin/sh", "-c", "exec \"$0\" \"$@\" > /dev/full");
      Process process = start(full, command.toArray(String[]::new));
      String errors = errors(process);
      assertThat(errors)
          .as("%s", command)
          .hasLineCount(1)
          .startsWith("lm: cannot write to standard output: No space");
      assertThat(process.waitFor()).as(errors).isEqualTo(ExitCodes.FAILURE);
    }
  }

  @Test
  void answersToAnEndlessInputEndWithTheirReader() throws Exception {
    Need.PROGRAMS.executable("/usr/bin/yes");
    Path texts =
        Files.writeString(folder.resolve("texts.tsv"), "a\tgood one\nb\tbad one\n".repeat(9));
    Path classes = folder.resolve("classes");
    Commands.output(
        "classify",
        "train",
        "--corpus",
        texts.toString(),
        "--model",
        classes.toString(),
        "--hidden",
        "3",
        "--embedding",
        "3",
        "--epochs",
        "1",
        "--device",
        "reference");
    Process process =
        start(
            List.of("/bin/sh", "-c", "yes good | \"$0\" \"$@\""),
            "classify",
            "predict",
            "--model",
            classes.toString(),
            "-");
    try {
      assertThat(process.getInputStream().readNBytes(10)).hasSize(10);
      process.getInputStream().close();
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("it ended by itself").isTrue();
      assertThat(process.exitValue()).isEqualTo(ExitCodes.FAILURE);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  @Test
  void numbersLookTheSameInEveryLocale() throws Exception {
    Process process =
        start(
            List.of("/usr/bin/env", "JDK_JAVA_OPTIONS=-Duser.language=ar -Duser.country=EG"),
            "info",
            model.toString());
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).isZero();
    assertThat(out).isEqualTo(Commands.output("info", model.toString())).contains("perplexity");
  }

  /** A limit on the size of files stands for the full disk: both refuse a write in its midst. */
  @Test
  void aFullDiskLosesNoExistingData() throws Exception {
    Need.SHELL.executable("/bin/bash"); // limits file sizes
    Map<String, byte[]> before = Commands.contents(model);
    List<String> limited = List.of("/bin/bash", "-c", "ulimit -f 64; exec \"$0\" \"$@\"");
    Process process =
        start(
            limited,
            "train",
            "--force",
            "--corpus",
            corpus.toString(),
            "--model",
            model.toString(),
            "--hidden",
            "100",
            "--batch",
            "4",
            "--steps",
            "1");
    String errors = errors(process);
    assertThat(process.waitFor()).as(errors).isEqualTo(ExitCodes.FAILURE);
    assertThat(errors.lines().toList().getLast())
        .startsWith("lm: cannot write ")
        .contains(".safetensors: ");
    assertThat(errors).doesNotContain("Exception", "internal error");
    assertThat(Commands.contents(model)).usingRecursiveComparison().isEqualTo(before);
  }

  @Test
  void aFileIsRefusedWhereAFolderIsNeeded() {
    for (Path to : List.of(corpus, corpus.resolve("deeper"))) {
      String name = to.toString();
      String file = corpus.toString();
      assertRefused(lm("scenes", "--output", name), "--output", file + " is a file");
      assertRefused(
          lm("seq2seq", "tasks", "--task", "dates", "--output", name), file + " is a file");
      assertRefused(
          lm("plot", model.toString(), "--tensorboard", name), "--tensorboard", "is a file");
    }
    assertThat(corpus).isRegularFile();
  }

  @Test
  void weightsAreNotNamedAsAFileOfAnotherFormat() {
    for (String name : List.of("book.pt", "book.BIN", "book.npz")) {
      Path to = folder.resolve(name);
      assertRefused(
          lm("export", "--model", model.toString(), "--to", to.toString()), name, ".safetensors");
      assertThat(to).doesNotExist();
    }
  }

  /** Java reads U+FFFD for bytes of an argument that are not UTF-8, and would use another name. */
  @Test
  void aNameThatIsNotUtf8IsRefused() {
    String name = folder.resolve("m\uFFFD").toString();
    assertRefused(lm("eval", "--model", model.toString(), "--corpus", name), "not UTF-8");
    assertRefused(train(corpus, Path.of(name)), "not UTF-8", "rename");
    assertRefused(lm("info", name), "not UTF-8");
    assertThat(Path.of(name)).doesNotExist();
  }

  private static String errors(Process process) throws IOException {
    String text = new String(process.getErrorStream().readAllBytes(), UTF_8);
    return text.lines()
        .filter(line -> !line.startsWith("WARNING: Using incubator modules"))
        .reduce("", (all, line) -> all + line + "\n");
  }

  private static Process start(List<String> before, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(before);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:-UsePerfData", "-XX:TieredStopAtLevel=1", "-Xss8m"));
    command.addAll(List.of("--add-modules", "jdk.incubator.vector"));
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Lm.class.getName()));
    command.addAll(List.of(arguments));
    if (!arguments[0].equals("info")) {
      command.addAll(List.of("--device", "reference"));
    }
    return new ProcessBuilder(command)
        .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
        .start();
  }
}
