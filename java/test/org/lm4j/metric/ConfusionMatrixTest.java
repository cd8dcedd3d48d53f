package org.lm4j.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

  @Test
  void nothingHasNoAccuracy() {
    assertThat(new ConfusionMatrix(2).accuracy()).isNaN();
    assertThatThrownBy(() -> new ConfusionMatrix(2).add(0, 2))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> new ConfusionMatrix(0)).isInstanceOf(IllegalArgumentException.class);
  }
}
