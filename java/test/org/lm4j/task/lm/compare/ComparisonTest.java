package org.lm4j.task.lm.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.InputException;
import org.lm4j.metric.Bootstrap;
import org.lm4j.task.lm.Evaluator;
import org.lm4j.task.lm.pairs.UnigramModel;
import org.lm4j.text.EncodedText;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.token.TextUnit;

class ComparisonTest {
  private static final Vocabulary WORDS =
      Vocabulary.of(Level.WORD, List.of("a", "bé", "<unk>", "<eos>"));
  private static final Vocabulary CHARS =
      Vocabulary.of(Level.CHAR, List.of("a", "b", "é", " ", "\n"));
  private static final UnigramModel EVEN = UnigramModel.constant(WORDS);
  private static final UnigramModel SKEWED =
      new UnigramModel(WORDS, new double[] {0.5, 0.2, 0.05, 0.25});
  private static final Bootstrap BOOTSTRAP = Bootstrap.of(2000, 3);

  @TempDir private Path folder;

  private ComparedText text(String content, TextUnit unit, boolean carry) throws IOException {
    Path file = Files.writeString(folder.resolve("text.txt"), content);
    return ComparedText.of(List.of(file.toString()), unit, carry);
  }

  private static String randomLines(int count) {
    Random random = new Random(8);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      for (int w = random.nextInt(6); w >= 0; w--) {
        text.append(random.nextInt(3) == 0 ? "bé" : "a").append(w == 0 ? "\n" : " ");
      }
    }
    return text.toString();
  }

  /** Lines "a bé" and "a": 5 and 2 characters, 6 and 2 bytes, 3 and 2 targets with line ends. */
  @Test
  void figuresOfLinesAreThoseByHand() throws IOException {
    ComparedText text = text("a bé\na\n", TextUnit.LINE, false);
    assertThat(text.characters()).isEqualTo(7);
    assertThat(text.bytes()).isEqualTo(8);
    assertThat(text.units()).isEqualTo(2);
    ModelScore score = text.score("skewed", SKEWED, null);
    assertThat(score.nats()[0]).isCloseTo(-Math.log(0.5 * 0.2 * 0.25), within(1e-12));
    assertThat(score.nats()[1]).isCloseTo(-Math.log(0.5 * 0.25), within(1e-12));
    assertThat(score.targets()).containsExactly(3, 2);
    assertThat(score.characters()).containsExactly(5, 2);
    Comparison comparison =
        Comparison.of(List.of(score, text.score("even", EVEN, null)), BOOTSTRAP);
    double bits = -(Math.log(0.5 * 0.2 * 0.25) + Math.log(0.5 * 0.25)) / Math.log(2);
    Comparison.Row skewed = comparison.rows().getFirst();
    Comparison.Row even = comparison.rows().get(1);
    assertThat(value(skewed.bitsPerCharacter())).isCloseTo(bits / 7, within(1e-12));
    assertThat(value(skewed.bitsPerByte())).isCloseTo(bits / 8, within(1e-12));
    assertThat(value(skewed.perplexity())).isCloseTo(Math.pow(2, bits / 5), within(1e-12));
    assertThat(value(even.bitsPerCharacter())).isCloseTo(10.0 / 7, within(1e-12));
    assertThat(comparison.best()).isZero();
    assertThat(skewed.difference()).isNull();
    assertThat(value(even.difference())).isCloseTo((10 - bits) / 7, within(1e-12));
  }

  private static double value(Comparison.@Nullable Figure figure) {
    return Objects.requireNonNull(figure).value();
  }

  /** The intervals are those of the ratios of the lines' sums, the draws of all models paired. */
  @Test
  void intervalsAreThoseOfPairedSamplesOfLines() throws IOException {
    ComparedText text = text(randomLines(60), TextUnit.LINE, false);
    ModelScore skewed = text.score("skewed", SKEWED, null);
    ModelScore even = text.score("even", EVEN, null);
    Comparison.Row row = Comparison.of(List.of(skewed, even), BOOTSTRAP).rows().get(1);
    double[] difference = new double[60];
    for (int i = 0; i < 60; i++) {
      difference[i] = (even.nats()[i] - skewed.nats()[i]) / Math.log(2);
    }
    double[] samples =
        BOOTSTRAP.ratios(new double[][] {difference}, new double[][] {even.characters()}, 0)[0];
    Bootstrap.Interval expected = Bootstrap.interval(samples);
    Bootstrap.Interval found = Objects.requireNonNull(row.difference()).interval();
    assertThat(found.low()).isCloseTo(expected.low(), within(1e-12));
    assertThat(found.high()).isCloseTo(expected.high(), within(1e-12));
    assertThat(row.p()).isEqualTo(Bootstrap.p(samples));
    Bootstrap.Interval own = Objects.requireNonNull(row.measure()).interval();
    assertThat(found.high() - found.low())
        .as("pairing narrows the interval")
        .isLessThan(own.high() - own.low() + 1);
  }

  @Test
  void aStreamHasTheLossOfAnEvaluationAndBlocksOfLines() throws IOException {
    String content = randomLines(3000);
    ComparedText text = text(content, TextUnit.STREAM, true);
    assertThat(text.lines()).isEqualTo(3000);
    assertThat(text.units()).isBetween(8, 21);
    EncodedText encoded = EncodedText.of(WORDS, content);
    Evaluator.Score expected = SKEWED.score(encoded, 1, null, null);
    ModelScore score = text.score("skewed", SKEWED, null);
    assertThat(score.targetCount()).isEqualTo(expected.targets());
    assertThat(score.loss()).isCloseTo(expected.loss(), within(1e-12));
    assertThat((long) Arrays.stream(score.characters()).sum())
        .isEqualTo(encoded.stats().targets().characters());
    assertThat((long) Arrays.stream(score.bytes()).sum())
        .isEqualTo(encoded.stats().targets().bytes());
  }

  @Test
  void modelsOfOtherTokensCompareInBitsAlone() throws IOException {
    ComparedText text = text(randomLines(200), TextUnit.LINE, false);
    ModelScore words = text.score("words", EVEN, null);
    ModelScore chars = text.score("chars", UnigramModel.constant(CHARS), null);
    assertThat(chars.characters()).isEqualTo(words.characters());
    assertThat(chars.bitsPerCharacter()).isCloseTo(Math.log(5) / Math.log(2), within(1e-12));
    Comparison comparison = Comparison.of(List.of(chars, words), BOOTSTRAP);
    assertThat(comparison.sameTokens()).isFalse();
    assertThat(comparison.measure()).isEqualTo(Comparison.Measure.BITS_PER_CHARACTER);
    assertThat(comparison.best()).isEqualTo(1);
    assertThat(comparison.rows()).extracting(Comparison.Row::perplexity).containsOnlyNulls();
    assertThat(comparison.rows().getFirst().p()).isEqualTo(2.0 / 2001);
  }

  @Test
  void bitsAreWithheldWhereTokensAreUnknown() throws IOException {
    ComparedText text = text(randomLines(40) + "a zebra\n", TextUnit.LINE, false);
    List<ModelScore> same =
        List.of(text.score("even", EVEN, null), text.score("skewed", SKEWED, null));
    Comparison comparison = Comparison.of(same, BOOTSTRAP);
    assertThat(comparison.measure()).isEqualTo(Comparison.Measure.BITS_PER_TOKEN);
    assertThat(comparison.rows()).extracting(Comparison.Row::bitsPerByte).containsOnlyNulls();
    assertThat(comparison.rows()).extracting(Comparison.Row::perplexity).doesNotContainNull();
    assertThat(comparison.rows().getFirst().withheld()).contains("1 token", "<unk>");
    assertThat(comparison.rows().getFirst().difference()).isNotNull();
    List<ModelScore> others = new ArrayList<>(same);
    others.add(text.score("chars", UnigramModel.constant(CHARS), null));
    Comparison mixed = Comparison.of(others, BOOTSTRAP);
    assertThat(mixed.best()).as("no two can be compared").isEqualTo(-1);
    assertThat(mixed.rows()).extracting(Comparison.Row::difference).containsOnlyNulls();
  }

  @Test
  void textsAndModelsThatCannotBeComparedAreRefused() throws IOException {
    assertThatThrownBy(() -> text("a bé\n", TextUnit.LINE, false))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("fewer than two lines");
    ComparedText text = text("a\na\n", TextUnit.STREAM, true);
    UnigramModel none = UnigramModel.constant(Vocabulary.of(Level.CHAR, List.of("a", "b")));
    assertThatThrownBy(() -> text.score("none", none, null))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("the text has 2 lines, and none ends 1");
  }
}
