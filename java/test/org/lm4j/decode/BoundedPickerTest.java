package org.lm4j.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.compute.BackendException;

class BoundedPickerTest {
  private static final long SEED = 20261121;
  private static final int DRAWS = 200_000;
  private static final double[] P = {0.05, 0.4, 0.15, 0.1, 0.3};

  /** Knows logits, and bounds that are too high by {@code margins}. */
  private static final class Reader extends KnownLogits {
    Reader(double[] logits, double... margins) {
      super(logits, margins);
    }

    @Override
    public boolean bounds() {
      return true;
    }

    @Override
    public void upperBounds(double[] target) {
      for (int i = 0; i < logits.length; i++) {
        target[i] = logits[i] + margins[i];
      }
    }
  }

  private static double[] logits() {
    double[] logits = new double[P.length];
    for (int i = 0; i < P.length; i++) {
      logits[i] = Math.log(P[i]) + 3;
    }
    return logits;
  }

  private static double[] frequencies(Reader reader, SamplingOptions options, int... banned) {
    TokenSampler picker = TokenSampler.of(reader, options, SEED, 1, banned);
    double[] counts = new double[P.length];
    for (int i = 0; i < DRAWS; i++) {
      counts[picker.pick(i)] += 1.0 / DRAWS;
    }
    return counts;
  }

  /** Within five standard deviations. */
  private static void assertFollows(double[] frequencies, double[] p) {
    for (int i = 0; i < p.length; i++) {
      double deviation = 5 * Math.sqrt(p[i] * (1 - p[i]) / DRAWS);
      assertThat(frequencies[i]).as("token %d", i).isCloseTo(p[i], within(deviation + 1e-12));
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.01, 0.2, 1, 2})
  void drawsFollowTheSoftmaxOfTheLogitsForAnyBounds(double widest) {
    Random random = new Random(SEED);
    double[] margins = random.doubles(P.length, 0, widest).toArray();
    Reader reader = new Reader(logits(), margins);
    assertFollows(frequencies(reader, SamplingOptions.DEFAULT), P);
    assertThat(reader.wholes).isLessThan(DRAWS / 2);
  }

  @Test
  void temperatureCountsForBoundsToo() {
    double sum = 0;
    double[] sharpened = new double[P.length];
    for (double p : P) {
      sum += p * p;
    }
    for (int i = 0; i < P.length; i++) {
      sharpened[i] = P[i] * P[i] / sum;
    }
    Reader reader = new Reader(logits(), new double[] {0.3, 0.1, 0, 0.5, 0.2});
    assertFollows(frequencies(reader, new SamplingOptions(0.5, 0, 1, false)), sharpened);
  }

  @Test
  void drawsThatAreNearlyAlwaysRejectedEndInOneByAllLogits() {
    Reader reader = new Reader(logits(), new double[] {9, 9, 9, 9, 9});
    assertFollows(frequencies(reader, SamplingOptions.DEFAULT), P);
    assertThat(reader.wholes).isGreaterThan(DRAWS * 9 / 10);
  }

  @Test
  void bannedTokensAreNeverPicked() {
    Reader reader = new Reader(logits(), new double[] {0.3, 2, 0, 0.5, 0.2});
    double[] expected = {0.05 / 0.6, 0, 0.15 / 0.6, 0.1 / 0.6, 0.3 / 0.6};
    assertFollows(frequencies(reader, SamplingOptions.DEFAULT, 1), expected);
  }

  @Test
  void boundsAreNotAskedForWhereNotAllTokensCanBePicked() {
    double[] useless = {100, 0, 0, 0, 0};
    assertThat(frequencies(new Reader(logits(), useless), new SamplingOptions(1, 0, 1, true))[1])
        .isCloseTo(1, within(1e-9));
    assertFollows(
        frequencies(new Reader(logits(), useless), new SamplingOptions(1, 2, 1, false)),
        new double[] {0, 0.4 / 0.7, 0, 0, 0.3 / 0.7});
    Reader nucleus = new Reader(logits(), useless);
    frequencies(nucleus, new SamplingOptions(1, 0, 0.5, false));
    assertThat(nucleus.wholes).isEqualTo(DRAWS);
  }

  @Test
  void aDamagedModelIsSaidToBeOne() {
    double[] damaged = logits();
    damaged[2] = Double.NaN;
    TokenSampler picker =
        TokenSampler.of(
            new Reader(damaged, new double[P.length]), SamplingOptions.DEFAULT, SEED, 0);
    assertThatThrownBy(() -> picker.pick(0))
        .isInstanceOf(BackendException.class)
        .hasMessageContaining("token 2");
  }
}
