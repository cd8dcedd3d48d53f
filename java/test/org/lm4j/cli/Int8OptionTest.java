package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.output;
import static org.lm4j.cli.Commands.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --precision int8} from the command line. */
class Int8OptionTest {
  @TempDir private Path folder;
  private Path corpus;
  private Path model;

  @BeforeEach
  void write() throws IOException {
    corpus = Files.writeString(folder.resolve("corpus.txt"), "the cat sat on the mat\n".repeat(60));
    model = folder.resolve("model");
    assertThat(train(corpus, model, "--device", "cpu", "--steps", "40").code()).isZero();
  }

  private String[] int8(String command, String... more) {
    Stream<String> options = Stream.of(command, "--model", model.toString(), "--precision", "int8");
    return Stream.concat(options, Stream.of(more)).toArray(String[]::new);
  }

  @Test
  void theSameSeedGivesTheSameTextWithAnyNumberOfThreads() {
    String one = output(int8("generate", "--length", "120", "--seed", "4", "--threads", "1"));
    assertThat(one).hasSizeGreaterThan(100);
    assertThat(output(int8("generate", "--length", "120", "--seed", "4", "--threads", "2")))
        .isEqualTo(one);
  }

  @Test
  void aScoreIsPrintedBesideThatOfFp32() {
    String table = output(int8("eval", "--corpus", corpus.toString()));
    double int8 = number(table, "perplexity +(\\S+)");
    double fp32 = number(table, "perplexity in fp32 +(\\S+)");
    assertThat(table)
        .containsPattern("(?m)^difference by int8 +[+-]0\\.\\d{4} \\([+-]\\d\\.\\d\\d %\\)$");
    assertThat(int8).isCloseTo(fp32, within(0.03 * fp32)).isNotEqualTo(fp32);
    assertThat(number(table, "difference by int8 +(\\S+)")).isCloseTo(int8 - fp32, within(2e-4));
    String plain =
        output("eval", "--model", model.toString(), "--device", "cpu", "--corpus", corpus + "");
    assertThat(number(plain, "perplexity +(\\S+)")).isEqualTo(fp32);
    assertThat(plain).doesNotContain("fp32");
    String json = output(int8("eval", "--json", "--corpus", corpus.toString()));
    assertThat(number(json, "\"perplexity\":([0-9.]+)")).isCloseTo(int8, within(1e-4));
    assertThat(number(json, "\"fp32_perplexity\":([0-9.]+)")).isCloseTo(fp32, within(1e-4));
    assertThat(json).contains("\"precision\":\"int8\"");
  }

  private static double number(String text, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    assertThat(matcher.find()).as(text).isTrue();
    return Double.parseDouble(matcher.group(1));
  }

  @Test
  void allButGenerationAndEvaluationIsRefused() {
    String only = "--precision int8 is for lm generate, lm eval and lm serve";
    assertRefused(
        train(corpus, folder.resolve("new"), "--device", "cpu", "--precision", "int8"), only);
    assertThat(folder.resolve("new")).doesNotExist();
    assertRefused(lm("verify", "--precision", "int8"), only);
    assertRefused(
        lm(int8("eval", "--corpus", corpus.toString(), "--batch", "2")),
        "--precision int8 scores a text in one part; leave out --batch");
    assertRefused(
        lm(int8("generate", "--device", "cuda")), "--precision int8 is for --device cpu, not cuda");
    assertRefused(lm(int8("generate", "--blas", "openblas")), "--blas openblas multiplies in fp32");
  }
}
