package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.output;
import static org.lm4j.cli.Commands.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --precision} on a CPU, from the command line. */
class PrecisionOptionTest {
  private static final String OPENBLAS = "--blas openblas multiplies in fp32";

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
    System.clearProperty("lm4j.products");
  }

  @Test
  void aModelTrainsAndIsScoredInBf16() {
    assertThat(
            train(corpus, model, "--device", "cpu", "--precision", "bf16", "--steps", "40").err())
        .containsPattern("(?m)^device +cpu: bf16 products(, emulated: slower| \\(vdpbf16ps\\))");
    double bf16 = loss("bf16");
    double fp32 = loss("fp32");
    assertThat(bf16).isNotEqualTo(fp32);
    assertThat(Math.abs(bf16 - fp32)).isLessThan(0.02);
  }

  @Test
  void aRunRecordsItsPrecisionAndReportsAChange() {
    String[] cpu = {"--device", "cpu"};
    train(corpus, model, "--device", "cpu", "--precision", "bf16", "--steps", "6");
    assertThat(output("info", model.toString()))
        .contains("checkpoint   step 6, matrices multiplied in bf16");
    assertThat(output("info", model.toString(), "--json")).contains("\"precision\":\"bf16\"");
    assertThat(resumed("9", "--device", "cpu", "--precision", "bf16")).doesNotContain("multiplied");
    assertThat(resumed("12", cpu))
        .contains("note: the run multiplied matrices in bf16 up to step 9 and continues in fp32");
    assertThat(resumed("14", cpu)).doesNotContain("multiplied");
    assertThat(output("info", model.toString())).contains("step 14, matrices multiplied in fp32");
  }

  private String resumed(String steps, String... device) {
    String[] run = {"train", "--resume", "--sample", "0", "--model", model.toString()};
    Commands.Outcome outcome = lm(concatenated(concatenated(run, "--steps", steps), device));
    assertThat(outcome.code()).as(outcome.err()).isZero();
    return outcome.err();
  }

  private double loss(String precision) {
    String score =
        output(
            "eval",
            "--model",
            model.toString(),
            "--corpus",
            corpus.toString(),
            "--batch",
            "4",
            "--device",
            "cpu",
            "--precision",
            precision);
    return Double.parseDouble(score.replaceAll("(?s).*per target\\) +(\\S+).*", "$1"));
  }

  @Test
  void whatACpuCannotDoIsRefused() {
    train(corpus, model, "--device", "cpu");
    String of = model.toString();
    assertRefused(
        lm("generate", "--model", of, "--device", "cpu", "--precision", "tf32"),
        "--precision tf32 needs --device cuda: a CPU multiplies in fp32 or bf16");
    assertRefused(
        lm("eval", "--model", of, "--device", "reference", "--precision", "bf16", "--corpus", of),
        "--precision");
    String[] both = {"--device", "cpu", "--precision", "bf16", "--blas", "openblas"};
    assertRefused(
        lm(concatenated(new String[] {"generate", "--model", of}, both)),
        OPENBLAS,
        "--precision bf16");
    System.setProperty("lm4j.products", "openblas");
    assertRefused(
        lm("generate", "--model", of, "--device", "cpu", "--precision", "bf16"),
        "lm4j.products or LM4J_PRODUCTS is openblas",
        "--precision bf16");
  }

  private static String[] concatenated(String[] some, String... more) {
    return Stream.concat(Arrays.stream(some), Arrays.stream(more)).toArray(String[]::new);
  }
}
