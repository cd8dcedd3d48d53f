package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.output;
import static org.lm4j.cli.Commands.train;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code --blas} from the command line. */
class BlasOptionTest {
  @TempDir private Path folder;
  private Path corpus;
  private Path model;

  @BeforeEach
  void write() throws IOException {
    corpus = Files.writeString(folder.resolve("corpus.txt"), "the cat sat on the mat\n".repeat(60));
    model = folder.resolve("model");
  }

  @AfterEach
  void forget() {
    System.clearProperty("lm4j.blas");
    System.clearProperty("lm4j.products");
  }

  @Test
  void everyCommandWithADeviceHasIt() {
    PrintWriter nobody = new PrintWriter(Writer.nullWriter());
    Map<String, Boolean> commands = new TreeMap<>();
    collect(Lm.commandLine(nobody, nobody), commands);
    commands.remove("lm doctor"); // what it tries on a device is not chosen by the user
    assertThat(commands).hasSizeGreaterThan(15).doesNotContainValue(false);
  }

  private static void collect(CommandLine command, Map<String, Boolean> commands) {
    if (command.getCommandSpec().findOption("--device") != null) {
      commands.put(
          command.getCommandSpec().qualifiedName(),
          command.getCommandSpec().findOption("--blas") != null);
    }
    command.getSubcommands().values().forEach(sub -> collect(sub, commands));
  }

  @Test
  void theLineOfTheDeviceNamesTheEngine() {
    assertThat(train(corpus, model, "--device", "cpu", "--blas", "openblas").err())
        .containsPattern("(?m)^device +cpu.*; matrix multiplication: OpenBLAS \\d+\\.\\d+");
    assertThat(train(corpus, model, "--device", "cpu", "--blas", "java", "--force").err())
        .containsPattern("(?m)^device +cpu.*; matrix multiplication: Java kernels$");
    System.setProperty("lm4j.products", "blas");
    assertThat(train(corpus, model, "--device", "cpu", "--force").err())
        .containsPattern("(?m)^device +cpu.*; matrix multiplication: OpenBLAS ");
    assertThat(train(corpus, model, "--device", "auto", "--blas", "java", "--force").err())
        .containsPattern("(?m)^device +cpu.*; matrix multiplication: Java kernels$");
  }

  @Test
  void theSameIsScoredAndWrittenByEachEngine() {
    train(corpus, model, "--device", "cpu", "--steps", "60");
    String[] texts = new String[2];
    double[] losses = new double[2];
    for (int i = 0; i < 2; i++) {
      String blas = i == 0 ? "java" : "openblas";
      String of = model.toString();
      texts[i] =
          output(
              "generate",
              "--model",
              of,
              "--length",
              "80",
              "--seed",
              "2",
              "--device",
              "cpu",
              "--blas",
              blas);
      String score =
          output(
              "eval",
              "--model",
              of,
              "--corpus",
              corpus.toString(),
              "--device",
              "cpu",
              "--blas",
              blas);
      losses[i] = Double.parseDouble(score.replaceAll("(?s).*per target\\) +(\\S+).*", "$1"));
    }
    assertThat(texts[1]).isEqualTo(texts[0]);
    assertThat(Math.abs(losses[1] - losses[0])).isLessThan(2e-6);
  }

  @Test
  void whatCannotBeIsRefused() {
    train(corpus, model);
    String of = model.toString();
    assertRefused(
        lm("generate", "--model", of, "--device", "reference", "--blas", "openblas"),
        "--blas openblas is for --device cpu, not reference");
    assertRefused(
        lm("generate", "--model", of, "--device", "cuda", "--blas", "java"),
        "--blas java is for --device cpu, not cuda");
    assertRefused(lm("generate", "--model", of, "--blas", "mkl"), "auto, openblas, java");
    System.setProperty("lm4j.blas", folder.resolve("libnone.so").toString());
    for (String device : new String[] {"cpu", "auto"}) {
      assertRefused(
          lm("generate", "--model", of, "--device", device, "--blas", "openblas"),
          "lm4j.blas or LM4J_BLAS",
          "libnone.so");
    }
    assertThat(output("generate", "--model", of, "--length", "5", "--blas", "java")).isNotEmpty();
  }
}
