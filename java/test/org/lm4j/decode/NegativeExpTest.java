package org.lm4j.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class NegativeExpTest {
  private static final long SEED = 20261121;

  @Test
  void isExactToTwelveDigitsDownToTheSmallestNormalNumbers() {
    Random random = new Random(SEED);
    for (int i = 0; i < 400_000; i++) {
      double range = i % 2 == 0 ? 1 : -NegativeExp.LOWEST;
      assertClose(-range * random.nextDouble());
    }
    // Where the nearest power of two changes.
    for (int step = 0; step < 1_000; step++) {
      double edge = -(step + 0.5) * Math.log(2);
      assertClose(Math.nextDown(edge));
      assertClose(Math.nextUp(edge));
    }
    assertClose(NegativeExp.LOWEST);
    assertClose(-Double.MIN_VALUE);
  }

  @Test
  void isOneAtZeroAndZeroFarBelow() {
    assertThat(NegativeExp.of(0)).isEqualTo(1);
    assertThat(NegativeExp.of(-0.0)).isEqualTo(1);
    for (double x : new double[] {-708.0001, -745, -1e9, -1e300, Double.NEGATIVE_INFINITY}) {
      assertThat(NegativeExp.of(x)).as("exp(%s)", x).isZero();
    }
  }

  @Test
  void takesDifferencesAndSumsThem() {
    double[] x = {9, 3, 1, Double.NEGATIVE_INFINITY, 3, 9};
    double sum = NegativeExp.ofDifferences(x, 1, 5, 3, 0.5);
    assertThat(x[0]).isEqualTo(9);
    assertThat(x[5]).isEqualTo(9);
    assertThat(x[1]).isEqualTo(1);
    assertThat(x[2]).isCloseTo(StrictMath.exp(-1), within(1e-13));
    assertThat(x[3]).isZero();
    assertThat(sum).isEqualTo(x[1] + x[2] + x[3] + x[4]);
  }

  /** Whole vectors and the rest behind them, which may go different ways. */
  @Test
  void takesDifferencesOfAnyNumberToTwelveDigits() {
    Random random = new Random(SEED);
    for (int n = 1; n < 200; n++) {
      double[] logits = random.doubles(n, -720 * 2, 0).toArray();
      logits[random.nextInt(n)] = -2 * NegativeExp.LOWEST * random.nextDouble() - 1e300;
      double[] x = logits.clone();
      double sum = NegativeExp.ofDifferences(x, 0, n, 0.5, 0.5);
      double expectedSum = 0;
      for (int i = 0; i < n; i++) {
        double argument = (logits[i] - 0.5) * 0.5;
        double expected = argument < NegativeExp.LOWEST ? 0 : StrictMath.exp(argument);
        assertThat(x[i])
            .as("seed %d: exp(%s)", SEED, argument)
            .isCloseTo(expected, within(expected * 1e-12));
        expectedSum += expected;
      }
      assertThat(sum).isCloseTo(expectedSum, within(expectedSum * 1e-11));
    }
  }

  /** Which of them computes depends on the machine and how many there are; a draw must not. */
  @Test
  void machineCodeHasTheBitsOfSingleNumbers() {
    Random random = new Random(SEED);
    for (int n = 1; n < 600; n++) {
      double factor = 0.01 + 3 * random.nextDouble();
      double[] logits = random.doubles(n, -n / factor * 3, 0).toArray();
      logits[random.nextInt(n)] = Double.NEGATIVE_INFINITY;
      logits[random.nextInt(n)] = NegativeExp.LOWEST / factor;
      logits[random.nextInt(n)] = Math.nextDown(NegativeExp.LOWEST / factor);
      logits[random.nextInt(n)] = 0;
      logits[random.nextInt(n)] = -0.0;
      double[] together = logits.clone();
      double[] singles = logits.clone();
      int from = random.nextInt(n);
      double max = n % 2;
      double ignored = NegativeExp.ofDifferences(together, from, n, max, factor);
      NegativeExp.replace(singles, from, n, max, factor);
      assertThat(together).as("seed %d: %d numbers", SEED, n).isEqualTo(singles);
    }
  }

  @Test
  void aNumberThatIsNoneStaysNone() {
    double[] x = new double[100];
    x[70] = Double.NaN;
    assertThat(NegativeExp.ofDifferences(x, 0, 100, 1, 1)).isNaN();
    assertThat(x[70]).isNaN();
    assertThat(x[71]).isCloseTo(Math.exp(-1), within(1e-13));
    assertThat(NegativeExp.of(Double.NaN)).isNaN();
  }

  private static void assertClose(double x) {
    double expected = StrictMath.exp(x);
    double error = Math.abs(NegativeExp.of(x) - expected) / expected;
    if (!(error < 1e-12)) {
      throw new AssertionError("seed " + SEED + ": exp(" + x + ") is off by " + error);
    }
  }
}
