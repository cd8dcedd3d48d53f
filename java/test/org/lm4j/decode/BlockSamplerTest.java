package org.lm4j.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.compute.BackendException;

/** Draws by blocks of two tokens, the last of which has one. */
class BlockSamplerTest {
  private static final long SEED = 20261130;
  private static final int DRAWS = 200_000;
  private static final double[] P = {0.05, 0.4, 0.15, 0.1, 0.3};
  private static final int SIZE = 2;

  /** Knows logits, and bounds that are too high by {@code margins}. */
  private static final class Reader extends KnownLogits {
    private double[] weights = {};

    Reader(double[] logits, double... margins) {
      super(logits, margins);
    }

    @Override
    public int blockSize() {
      return SIZE;
    }

    @Override
    public double weights(double temperature, double[] sums) {
      double max = Double.NEGATIVE_INFINITY;
      for (int i = 0; i < logits.length; i++) {
        max = Math.max(max, logits[i] + margins[i]);
      }
      weights = new double[sums.length * SIZE];
      Arrays.fill(sums, 0);
      for (int i = 0; i < logits.length; i++) {
        weights[i] = Math.exp((logits[i] + margins[i] - max) / temperature);
        sums[i / SIZE] += weights[i];
      }
      return max;
    }

    @Override
    public void block(int block, double[] target) {
      System.arraycopy(weights, block * SIZE, target, 0, SIZE);
    }
  }

  private static double[] logits() {
    return Arrays.stream(P).map(p -> Math.log(p) + 3).toArray();
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
  private static void assertFollows(double[] frequencies, double... p) {
    for (int i = 0; i < p.length; i++) {
      double deviation = 5 * Math.sqrt(p[i] * (1 - p[i]) / DRAWS);
      assertThat(frequencies[i]).as("token %d", i).isCloseTo(p[i], within(deviation + 1e-12));
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.2, 2})
  void drawsFollowTheSoftmaxOfTheLogitsForAnyBounds(double widest) {
    Reader reader = new Reader(logits(), widest, widest / 3, 0, widest / 2, widest / 7);
    assertFollows(frequencies(reader, SamplingOptions.DEFAULT), P);
    assertThat(reader.wholes).isLessThan(DRAWS / 2);
  }

  @Test
  void temperatureCountsForBoundsToo() {
    double sum = Arrays.stream(P).map(p -> p * p).sum();
    double[] sharpened = Arrays.stream(P).map(p -> p * p / sum).toArray();
    Reader reader = new Reader(logits(), 0.3, 0.1, 0, 0.5, 0.2);
    assertFollows(frequencies(reader, new SamplingOptions(0.5, 0, 1, false)), sharpened);
  }

  @Test
  void drawsThatAreNearlyAlwaysRejectedEndInOneByAllLogits() {
    Reader reader = new Reader(logits(), 9, 9, 9, 9, 9);
    assertFollows(frequencies(reader, SamplingOptions.DEFAULT), P);
    assertThat(reader.wholes).isGreaterThan(DRAWS * 9 / 10);
  }

  @Test
  void bannedTokensAreNeverPicked() {
    Reader reader = new Reader(logits(), 0.3, 2, 0, 0.5, 0.2);
    assertFollows(
        frequencies(reader, SamplingOptions.DEFAULT, 1, 0),
        0,
        0,
        0.15 / 0.55,
        0.1 / 0.55,
        0.3 / 0.55);
    assertFollows(
        frequencies(reader, SamplingOptions.DEFAULT, 4),
        0.05 / 0.7,
        0.4 / 0.7,
        0.15 / 0.7,
        0.1 / 0.7,
        0);
  }

  @Test
  void allLogitsAreTakenWhereNotAllTokensCanBePicked() {
    Reader reader = new Reader(logits(), 9, 0, 0, 0, 0);
    assertFollows(
        frequencies(reader, new SamplingOptions(1, 2, 1, false)), 0, 0.4 / 0.7, 0, 0, 0.3 / 0.7);
    assertThat(reader.wholes).isEqualTo(DRAWS);
  }

  @Test
  void aDamagedModelIsSaidToBeOne() {
    double[] damaged = logits();
    damaged[2] = Double.NaN;
    Reader reader = new Reader(damaged, new double[P.length]);
    TokenSampler picker = TokenSampler.of(reader, SamplingOptions.DEFAULT, SEED, 0);
    assertThatThrownBy(() -> picker.pick(0))
        .isInstanceOf(BackendException.class)
        .hasMessageContaining("token 2");
  }
}
