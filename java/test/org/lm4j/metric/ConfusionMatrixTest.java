package org.lm4j.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ConfusionMatrixTest {
  @Test
  void countsByHand() {
    ConfusionMatrix matrix = new ConfusionMatrix(3);
    int[][] answers = {{0, 0}, {0, 1}, {0, 1}, {1, 1}, {2, 0}};
    for (int[] answer : answers) {
      matrix.add(answer[0], answer[1]);
    }
    assertThat(matrix.total()).isEqualTo(5);
    assertThat(matrix.accuracy()).isEqualTo(2.0 / 5);
    assertThat(matrix.count(0, 1)).isEqualTo(2);
    assertThat(matrix.count(1, 0)).isZero();
    assertThat(matrix.recall(0)).isEqualTo(1.0 / 3);
    assertThat(matrix.precision(1)).isEqualTo(1.0 / 3);
    assertThat(matrix.actual(0)).isEqualTo(3);
    assertThat(matrix.confusions())
        .containsExactly(
            new ConfusionMatrix.Confusion(0, 1, 2), new ConfusionMatrix.Confusion(2, 0, 1));
    assertThat(matrix.precision(2)).as("2 was never answered").isNaN();
  }

  /** The values are those of scikit-learn 1.9.1's f1_score for the same labels. */
  @Test
  void f1IsThatOfScikitLearn() {
    double[] random = CalibrationTest.random(3000);
    ConfusionMatrix matrix = new ConfusionMatrix(6);
    for (int i = 0; i < 1000; i++) {
      int actual = (int) (5 * random[3 * i]);
      int answer = random[3 * i + 1] < 0.7 ? actual : (int) (5 * random[3 * i + 2]);
      matrix.add(actual, answer == 4 ? 3 : answer);
    }
    double[] expected = {
      0.7359550561797753, 0.727735368956743, 0.785, 0.5758998435054773, 0, Double.NaN
    };
    for (int c = 0; c < expected.length; c++) {
      assertThat(matrix.f1(c)).isEqualTo(Double.valueOf(expected[c]));
    }
    assertThat(matrix.macroF1()).isCloseTo(0.5649180537283991, within(1e-15));
    assertThat(matrix.predicted(3)).isEqualTo(416);
    assertThat(matrix.predicted(4)).isZero();
  }

  @Test
  void nothingHasNoAccuracy() {
    assertThat(new ConfusionMatrix(2).accuracy()).isNaN();
    assertThat(new ConfusionMatrix(2).macroF1()).isNaN();
    assertThatThrownBy(() -> new ConfusionMatrix(2).add(0, 2))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> new ConfusionMatrix(0)).isInstanceOf(IllegalArgumentException.class);
  }
}
