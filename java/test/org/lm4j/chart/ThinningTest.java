package org.lm4j.chart;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ThinningTest {
  @Test
  void fewPointsAllStay() {
    assertThat(Thinning.keep(new double[] {0, 1, 2}, new double[] {5, 6, 7}))
        .containsExactly(0, 1, 2);
    assertThat(Thinning.keep(new double[0], new double[0])).isEmpty();
  }

  @Test
  void ofAColumnFirstLowestHighestAndLastStay() {
    double[] x = {3.0, 3.1, 3.2, 3.3, 3.4, 3.5, 4.0};
    double[] y = {5, 6, 9, 7, 1, 5, 5};
    assertThat(Thinning.keep(x, y)).containsExactly(0, 2, 4, 5, 6);
  }

  @Test
  void gapsStay() {
    double[] x = {0.1, 0.2, Double.NaN, 0.3, 0.4};
    double[] y = {1, 2, Double.NaN, 3, 4};
    assertThat(Thinning.keep(x, y)).containsExactly(0, 1, 2, 3, 4);
  }

  @Test
  void ofManyPointsTheExtremesOfEachColumnStay() {
    int count = 200_000;
    int columns = 500;
    SplittableRandom random = new SplittableRandom(7);
    double[] x = IntStream.range(0, count).mapToDouble(i -> i * (double) columns / count).toArray();
    double[] y = random.doubles(count).toArray();
    int[] kept = Thinning.keep(x, y);
    assertThat(kept).hasSizeLessThanOrEqualTo(4 * columns).isSorted();
    for (int column = 0; column < columns; column++) {
      int from = column * count / columns;
      int to = (column + 1) * count / columns;
      int c = column;
      double[] shown =
          Arrays.stream(kept).filter(i -> (int) x[i] == c).mapToDouble(i -> y[i]).toArray();
      assertThat(Arrays.stream(shown).max()).isEqualTo(Arrays.stream(y, from, to).max());
      assertThat(Arrays.stream(shown).min()).isEqualTo(Arrays.stream(y, from, to).min());
    }
  }
}
