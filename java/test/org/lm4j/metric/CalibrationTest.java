package org.lm4j.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class CalibrationTest {
  /** Returns numbers in [0, 1) of a generator that is easily written in another language. */
  static double[] random(int count) {
    double[] numbers = new double[count];
    long state = 12345;
    for (int i = 0; i < count; i++) {
      state = (state * 1103515245 + 12345) % (1L << 31);
      numbers[i] = state / (double) (1L << 31);
    }
    return numbers;
  }

  /** The values were computed with NumPy's digitize, with {@code right=True}, and means. */
  @Test
  void binsAndErrorAreThoseOfNumPy() {
    double[] random = random(3000);
    Calibration calibration = new Calibration();
    for (int i = 0; i < 1000; i++) {
      double probability = 0.25 + 0.75 * random[3 * i];
      calibration.add(probability, random[3 * i + 1] < Math.pow(probability, 1.5));
    }
    long[] counts = {0, 0, 70, 110, 129, 110, 146, 140, 153, 142};
    for (int b = 0; b < counts.length; b++) {
      assertThat(calibration.bin(b).count()).isEqualTo(counts[b]);
    }
    assertThat(calibration.bin(7).accuracy()).isCloseTo(0.6285714285714286, within(1e-14));
    assertThat(calibration.bin(7).confidence()).isCloseTo(0.7520448603093558, within(1e-14));
    assertThat(calibration.error()).isCloseTo(0.11664190645702183, within(1e-14));
    assertThat(calibration.confidence()).isCloseTo(0.6416147586605512, within(1e-14));
    assertThat(calibration.total()).isEqualTo(1000);
  }

  @Test
  void aBinIncludesItsUpperEnd() {
    Calibration calibration = new Calibration(4);
    calibration.add(0.5, true);
    calibration.add(0, false);
    calibration.add(1, true);
    assertThat(calibration.bin(1)).isEqualTo(new Calibration.Bin(0.25, 0.5, 1, 0.5, 1));
    assertThat(calibration.bin(0).count()).isEqualTo(1);
    assertThat(calibration.bin(3).count()).isEqualTo(1);
    assertThat(calibration.bin(2).accuracy()).isNaN();
  }

  @Test
  void onlyProbabilitiesAreCounted() {
    Calibration calibration = new Calibration();
    assertThat(calibration.error()).isNaN();
    assertThatThrownBy(() -> calibration.add(Double.NaN, true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("NaN is not a probability");
    assertThatThrownBy(() -> new Calibration(0)).isInstanceOf(IllegalArgumentException.class);
  }
}
