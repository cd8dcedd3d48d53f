package org.lm4j.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lm4j.InputException;
import org.lm4j.compute.BackendException;

class SamplerTest {
  private static final double MINUS_INFINITY = Double.NEGATIVE_INFINITY;
  private static final long SEED = 20261121;
  private static final int DRAWS = 200_000;

  @Test
  void drawsFollowTheSoftmaxOfTheLogits() {
    double[] p = {0.05, 0.4, 0.15, 0.1, 0.3};
    assertDistribution(new SamplingOptions(1, 0, 1, false), logits(p), p);
  }

  @Test
  void temperatureSharpensAndFlattens() {
    double[] p = {0.05, 0.4, 0.15, 0.1, 0.3};
    assertDistribution(new SamplingOptions(0.5, 0, 1, false), logits(p), powered(p, 2));
    assertDistribution(new SamplingOptions(2, 0, 1, false), logits(p), powered(p, 0.5));
  }

  @Test
  void topKKeepsTheMostLikelyTokensAndTheirRatios() {
    double[] p = {0.05, 0.4, 0.15, 0.1, 0.3};
    double[] expected = {0, 0.4 / 0.7, 0, 0, 0.3 / 0.7};
    assertDistribution(new SamplingOptions(1, 2, 1, false), logits(p), expected);
  }

  @Test
  void topPKeepsTheSmallestSetThatReachesTheSum() {
    double[] p = {0.05, 0.4, 0.15, 0.1, 0.3};
    double[] expected = {0, 0.4 / 0.85, 0.15 / 0.85, 0, 0.3 / 0.85};
    assertDistribution(new SamplingOptions(1, 0, 0.8, false), logits(p), expected);
  }

  @Test
  void minPKeepsWhatIsNearTheMostLikelyTokenAndItsTotal() {
    double[] logits = {Math.log(0.4), Math.log(0.1), Math.log(0.05), Math.log(0.3), Math.log(0.15)};
    Candidates all = new Candidates(5);
    all.fill(logits, 1);
    all.keepLikely(0.3); // of 0.4: at least 0.12
    assertThat(all.ids()).containsExactlyInAnyOrder(0, 3, 4);
    assertThat(all.at(0.999)).isEqualTo(4);
    Candidates some = new Candidates(5);
    some.fill(logits, 1);
    some.keep(2, 1);
    some.keepLikely(1);
    assertThat(some.ids()).containsExactly(0);
    Candidates none = new Candidates(5);
    none.fill(logits, 1);
    none.keepLikely(0);
    assertThat(none.ids()).hasSize(5);
    assertThatThrownBy(() -> new SamplingOptions(1, 0, 1, 1.1, false))
        .hasMessage("min-p must be from 0 to 1, but is 1.1");
    assertThat(new SamplingOptions(1, 0, 1, 0.1, false).all()).isFalse();
  }

  @Test
  void topPCountsTheMassThatTopKLeft() {
    // Of 0.4 + 0.3 + 0.15 the first two are 0.82; of all tokens they would be 0.7, below 0.8.
    double[] p = {0.05, 0.4, 0.15, 0.1, 0.3};
    double[] expected = {0, 0.4 / 0.7, 0, 0, 0.3 / 0.7};
    assertDistribution(new SamplingOptions(1, 3, 0.8, false), logits(p), expected);
  }

  @Test
  void bannedTokensAreNeverPickedAndTheOthersShareTheirMass() {
    double[] p = {0.05, 0.4, 0.15, 0.1, 0.3};
    double[] expected = {0.05 / 0.6, 0, 0.15 / 0.6, 0.1 / 0.6, 0.3 / 0.6};
    assertDistribution(SamplingOptions.DEFAULT, logits(p), expected, 1);
    Sampler greedy = Sampler.of(new SamplingOptions(1, 0, 1, true), 5, SEED, 0, 1, 4);
    assertThat(greedy.pick(logits(p), 0)).isEqualTo(2);
  }

  @Test
  void theSetsKeptEqualThoseOfASort() {
    Random random = new Random(SEED);
    for (int trial = 0; trial < 300; trial++) {
      int vocabulary = 1 + random.nextInt(60);
      // Few distinct values, so that ties decide.
      double[] logits =
          IntStream.range(0, vocabulary).mapToDouble(i -> random.nextInt(8) / 2.0).toArray();
      int topK = random.nextInt(vocabulary + 3);
      double topP = random.nextBoolean() ? 1 : 0.05 + 0.9 * random.nextDouble();
      Candidates candidates = new Candidates(vocabulary);
      candidates.fill(logits, 1);
      candidates.keep(topK, topP);
      assertThat(Arrays.stream(candidates.ids()).sorted().toArray())
          .as("seed %d, trial %d, top-k %d, top-p %s", SEED, trial, topK, topP)
          .isEqualTo(keptBySorting(logits, topK, topP));
    }
  }

  @Test
  void greedyAndTopKOneTakeTheLowestIdAmongTheMostLikely() {
    double[] logits = {1, 3, 2, 3, 3};
    for (SamplingOptions options :
        new SamplingOptions[] {
          new SamplingOptions(1, 0, 1, true),
          new SamplingOptions(1, 1, 1, false),
          new SamplingOptions(1, 0, 1e-12, false)
        }) {
      Sampler sampler = Sampler.of(options, 5, SEED, 0);
      for (int position = 0; position < 50; position++) {
        assertThat(sampler.pick(logits, position)).as("%s", options).isEqualTo(1);
      }
    }
  }

  @Test
  void theLowestTemperatureIsGreedyInEffectAndOverflowsNowhere() {
    Sampler sampler = Sampler.of(new SamplingOptions(1e-3, 0, 0.9, false), 3, SEED, 0);
    assertThat(sampler.pick(new double[] {-1e300, 1e300, 0}, 0)).isEqualTo(1);
    assertThat(sampler.pick(new double[] {700, 710, -700}, 1)).isEqualTo(1);
  }

  @Test
  void oneTokenIsAlwaysPicked() {
    Sampler sampler = Sampler.of(SamplingOptions.DEFAULT, 1, SEED, 0);
    assertThat(sampler.pick(new double[] {-1234}, 7)).isZero();
  }

  @Test
  void minusInfinityIsNeverPicked() {
    double[] logits = {MINUS_INFINITY, 0, MINUS_INFINITY, 0};
    assertDistribution(SamplingOptions.DEFAULT, logits, new double[] {0, 0.5, 0, 0.5});
    assertDistribution(new SamplingOptions(1, 3, 1, false), logits, new double[] {0, .5, 0, .5});
  }

  @Test
  void everyPlaceOfALargeVocabularyIsFoundAndNothingElse() {
    // Weights of zero fill whole blocks and lie at both ends; the rest weigh the same.
    int vocabulary = 1500;
    double[] logits = new double[vocabulary];
    Arrays.fill(logits, MINUS_INFINITY);
    int[] ids = {3, 255, 256, 257, 511, 1023, 1024, 1300};
    for (int id : ids) {
      logits[id] = -4;
    }
    Candidates candidates = new Candidates(vocabulary, 700);
    logits[700] = 9;
    candidates.fill(logits, 1);
    for (int i = 0; i < ids.length; i++) {
      assertThat(candidates.at((double) i / ids.length)).isEqualTo(ids[i]);
      assertThat(candidates.at(Math.nextDown((i + 1.0) / ids.length))).isEqualTo(ids[i]);
    }
    assertThat(candidates.at(2)).as("a rest left by rounding").isEqualTo(1300);
  }

  @Test
  void sameSeedSameDrawsWhateverWasDrawnBefore() {
    double[] logits = new double[1000];
    Sampler forwards = Sampler.of(SamplingOptions.DEFAULT, 1000, SEED, 0);
    Sampler backwards = Sampler.of(SamplingOptions.DEFAULT, 1000, SEED, 0);
    int[] a = IntStream.range(0, 20).map(i -> forwards.pick(logits, i)).toArray();
    int[] b = IntStream.range(0, 20).map(i -> backwards.pick(logits, 19 - i)).toArray();
    assertThat(a).isEqualTo(IntStream.range(0, 20).map(i -> b[19 - i]).toArray());
    for (Sampler other :
        new Sampler[] {
          Sampler.of(SamplingOptions.DEFAULT, 1000, SEED + 1, 0),
          Sampler.of(SamplingOptions.DEFAULT, 1000, SEED, 1)
        }) {
      assertThat(IntStream.range(0, 20).map(i -> other.pick(logits, i)).toArray()).isNotEqualTo(a);
    }
  }

  @Test
  void logitsAreLeftAsTheyAre() {
    double[] logits = {1, 2, 3};
    Sampler.of(new SamplingOptions(0.5, 2, 0.5, false), 3, SEED, 0).pick(logits, 0);
    assertThat(logits).containsExactly(1, 2, 3);
  }

  @ParameterizedTest
  @CsvSource({"NaN, true", "NaN, false", "Infinity, true", "Infinity, false"})
  void aDamagedLogitIsNamed(double damage, boolean greedy) {
    Sampler sampler = Sampler.of(new SamplingOptions(1, 0, 1, greedy), 3, SEED, 0);
    assertThatThrownBy(() -> sampler.pick(new double[] {0, 0, damage}, 0))
        .isInstanceOf(BackendException.class)
        .hasMessageContaining("logit " + damage + " for token 2");
  }

  @Test
  void nothingLeftToPickIsSaid() {
    Sampler sampler = Sampler.of(SamplingOptions.DEFAULT, 2, SEED, 0, 1);
    assertThatThrownBy(() -> sampler.pick(new double[] {MINUS_INFINITY, 5}, 0))
        .isInstanceOf(BackendException.class)
        .hasMessageContaining("no token is left to pick");
    assertThatThrownBy(() -> sampler.pick(new double[3], 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("got 3 logits for a vocabulary of 2");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 1, temperature",
    "0.0009, 0, 1, temperature",
    "-1, 0, 1, temperature",
    "NaN, 0, 1, temperature",
    "Infinity, 0, 1, temperature",
    "1, -1, 1, top-k",
    "1, 0, 0, top-p",
    "1, 0, 1.0001, top-p",
    "1, 0, NaN, top-p"
  })
  void valuesOutOfRangeAreRefused(double temperature, int topK, double topP, String named) {
    assertThatThrownBy(() -> new SamplingOptions(temperature, topK, topP, false))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(named);
  }

  /** Pearson's chi-square against its 99.9 % quantile; ids of probability zero must not occur. */
  private static void assertDistribution(
      SamplingOptions options, double[] logits, double[] expected, int... banned) {
    // Quantiles for 1, 2, … degrees of freedom.
    double[] quantiles = {10.828, 13.816, 16.266, 18.467};
    Sampler sampler = Sampler.of(options, logits.length, SEED, 0, banned);
    int[] counts = new int[logits.length];
    for (int position = 0; position < DRAWS; position++) {
      counts[sampler.pick(logits, position)]++;
    }
    double chiSquare = 0;
    int freedom = -1;
    for (int id = 0; id < counts.length; id++) {
      if (expected[id] == 0) {
        assertThat(counts[id]).as("seed %d, %s, id %d", SEED, options, id).isZero();
      } else {
        double mean = DRAWS * expected[id];
        chiSquare += (counts[id] - mean) * (counts[id] - mean) / mean;
        freedom++;
      }
    }
    assertThat(chiSquare)
        .as("seed %d, %s, counts %s", SEED, options, Arrays.toString(counts))
        .isLessThan(quantiles[freedom - 1]);
  }

  private static int[] keptBySorting(double[] logits, int topK, double topP) {
    double[] weights = Arrays.stream(logits).map(Math::exp).toArray();
    int[] sorted =
        IntStream.range(0, logits.length)
            .boxed()
            .sorted((a, b) -> Double.compare(weights[b], weights[a])) // stable: ids stay ordered
            .limit(topK == 0 ? logits.length : topK)
            .mapToInt(Integer::intValue)
            .toArray();
    double all = Arrays.stream(sorted).mapToDouble(id -> weights[id]).sum();
    double sum = 0;
    int size = 0;
    while (size < sorted.length && (topP == 1 || sum < topP * all)) {
      sum += weights[sorted[size++]];
    }
    return Arrays.stream(sorted).limit(size).sorted().toArray();
  }

  private static double[] logits(double[] probabilities) {
    return Arrays.stream(probabilities).map(p -> Math.log(p) + 3).toArray();
  }

  private static double[] powered(double[] p, double exponent) {
    double sum = Arrays.stream(p).map(x -> Math.pow(x, exponent)).sum();
    return Arrays.stream(p).map(x -> Math.pow(x, exponent) / sum).toArray();
  }
}
