package org.lm4j.train.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class CurveTest {
  @Test
  void aFewValuesAreKeptAsTheyAre() {
    Curve curve = new Curve();
    curve.add(10, 3);
    curve.add(20, 1);
    assertThat(curve.points().steps()).containsExactly(10, 20);
    assertThat(curve.points().values()).containsExactly(3, 1);
  }

  /** Of values that grow by 1, the mean of n values that end at s is s - (n - 1) / 2. */
  @Test
  void manyValuesAreAveraged() {
    Curve curve = new Curve();
    for (int step = 1; step <= 5001; step++) {
      curve.add(step, step);
    }
    Curve.Points points = curve.points();
    assertThat(points.steps()).hasSizeBetween(Curve.MOST / 2, Curve.MOST);
    assertThat(points.steps()[0]).isEqualTo(8); // 1024 points once, 512 of 2, 512 of 4, 625 of 8
    assertThat(points.values()[0]).isCloseTo(4.5, within(1e-12));
    assertThat(points.steps()[624]).isEqualTo(5000);
    assertThat(points.values()[624]).isCloseTo(4996.5, within(1e-9));
    assertThat(points.steps()[625]).as("of one value so far").isEqualTo(5001);
    assertThat(points.values()[625]).isEqualTo(5001);
    assertThat(points.steps()).hasSize(626).isSorted();
  }
}
