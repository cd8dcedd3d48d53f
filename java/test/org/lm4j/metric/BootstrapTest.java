package org.lm4j.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.lm4j.io.Json;

/**
 * Samples against NumPy's, which scripts/fixtures/bootstrap_fixtures.py computes from the same
 * draws, and against all samples of a few units, enumerated.
 */
class BootstrapTest {
  private static double[] array(@Nullable Object list) {
    return ((List<?>) Objects.requireNonNull(list))
        .stream().mapToDouble(each -> ((Number) each).doubleValue()).toArray();
  }

  private static double[][] arrays(@Nullable Object lists) {
    return ((List<?>) Objects.requireNonNull(lists))
        .stream().map(BootstrapTest::array).toArray(double[][]::new);
  }

  @Test
  void samplesIntervalsAndPAreThoseOfNumPy() throws Exception {
    Path path =
        Path.of(
            Objects.requireNonNull(
                    BootstrapTest.class.getResource("/org/lm4j/fixtures/bootstrap.json"))
                .toURI());
    Map<?, ?> fixture = Json.read(path, Map.class);
    double[] numbers = array(fixture.get("call")); // samples, seed, stratum
    double[] characters = array(fixture.get("characters"));
    double[][] ratios =
        Bootstrap.of((int) numbers[0], (long) numbers[1])
            .ratios(
                arrays(fixture.get("bits")),
                new double[][] {characters, characters},
                (int) numbers[2]);
    double[] differences = new double[ratios[0].length];
    for (int r = 0; r < differences.length; r++) {
      differences[r] = ratios[1][r] - ratios[0][r];
    }
    double[][] expected = arrays(fixture.get("ratios"));
    for (int s = 0; s < 2; s++) {
      for (int r = 0; r < expected[s].length; r++) {
        assertThat(ratios[s][r]).isCloseTo(expected[s][r], within(1e-12));
      }
    }
    double[][] figures = {ratios[0], ratios[1], differences};
    double[][] intervals = arrays(fixture.get("intervals"));
    for (int i = 0; i < figures.length; i++) {
      Bootstrap.Interval interval = Bootstrap.interval(figures[i]);
      assertThat(interval.low()).isCloseTo(intervals[i][0], within(1e-12));
      assertThat(interval.high()).isCloseTo(intervals[i][1], within(1e-12));
    }
    double p = ((Number) Objects.requireNonNull(fixture.get("p"))).doubleValue();
    assertThat(p).isBetween(0.005, 0.5);
    assertThat(Bootstrap.p(differences)).isCloseTo(p, within(1e-12));
  }

  /** The 27 samples of three units are equally likely; so are the sums that they give. */
  @Test
  void manySamplesAreDistributedAsAllSamplesAre() {
    double[] values = {1, 10, 100};
    int[] expected = new int[301];
    for (int i = 0; i < 27; i++) {
      expected[(int) (values[i % 3] + values[i / 3 % 3] + values[i / 9])]++;
    }
    int samples = 270_000;
    int[] found = new int[301];
    for (double mean : Bootstrap.of(samples, 5).means(values, 0)) {
      found[(int) Math.round(3 * mean)]++;
    }
    for (int sum = 0; sum < found.length; sum++) {
      double due = expected[sum] * (samples / 27.0);
      assertThat((double) found[sum]).as("sum " + sum).isCloseTo(due, within(5 * Math.sqrt(due)));
    }
  }

  @Test
  void strataAreIndependentAndTheSeedDecidesAlone() {
    double[] values = {0, 1, 0, 1, 1, 0, 1, 0, 0, 1};
    double[] one = Bootstrap.of(2000, 1).means(values, 0);
    assertThat(Bootstrap.of(2000, 1).means(values, 0)).isEqualTo(one);
    assertThat(Bootstrap.of(2000, 2).means(values, 0)).isNotEqualTo(one);
    double[] other = Bootstrap.of(2000, 1).means(values, 1);
    double product = 0;
    for (int r = 0; r < one.length; r++) {
      product += (one[r] - 0.5) * (other[r] - 0.5) / one.length;
    }
    assertThat(product / (0.25 / values.length)).as("correlation").isCloseTo(0, within(0.1));
  }

  @Test
  void pCountsTheRarerSignTwiceAndIsNeverZero() {
    double[] above = new double[99];
    Arrays.fill(above, 1);
    assertThat(Bootstrap.p(above)).isEqualTo(2.0 / 100);
    above[0] = -1;
    assertThat(Bootstrap.p(above)).isEqualTo(4.0 / 100);
    assertThat(Bootstrap.p(new double[99])).as("all equal").isEqualTo(1);
  }

  @Test
  void whatHasNoFigureHasNoInterval() {
    Bootstrap.Interval none = Bootstrap.interval(Bootstrap.of(10, 1).means(new double[0], 0));
    assertThat(none.low()).isNaN();
    assertThat(none.high()).isNaN();
    assertThatThrownBy(() -> Bootstrap.of(0, 1)).isInstanceOf(IllegalArgumentException.class);
  }
}
