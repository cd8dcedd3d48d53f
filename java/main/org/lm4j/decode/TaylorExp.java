package org.lm4j.decode;

/**
 * {@link VectorNegativeExp} one number at a time, with the same bits. Until the JIT has compiled
 * vectors, which takes it hundreds of tokens, every operation on one is a call that allocates: ten
 * times as slow as this, and a tenth of a second for the first token.
 */
final class TaylorExp {
  static final double PER_POWER = 1 / Math.log(2);
  // ln 2 in two parts, the first of so few bits that its product with a power is exact.
  static final double LN2_HIGH = 0x1.62e42fefa0000p-1;
  static final double LN2_LOW = 0x1.cf79abc9e3b3ap-40;
  static final double ROUNDING = 0x1.8p52; // added, leaves a whole number in the low bits
  static final int BIAS = 1023; // of a double's exponent
  static final int FRACTION_BITS = 52;
  static final double[] TAYLOR = new double[12]; // 1 / k!

  static {
    TAYLOR[0] = 1;
    for (int k = 1; k < TAYLOR.length; k++) {
      TAYLOR[k] = TAYLOR[k - 1] / k;
    }
  }

  private TaylorExp() {}

  /** Computes {@link NegativeExp#ofDifferences}. */
  static double ofDifferences(double[] x, int from, int to, double max, double factor) {
    for (int i = from; i < to; i++) {
      x[i] = of((x[i] - max) * factor);
    }
    return sum(x, from, to);
  }

  private static double of(double x) {
    double v = Math.max(x, NegativeExp.LOWEST);
    double shifted = Math.fma(v, PER_POWER, ROUNDING);
    double n = shifted - ROUNDING;
    double r = Math.fma(n, -LN2_HIGH, v);
    r = Math.fma(n, -LN2_LOW, r);
    double p = TAYLOR[11];
    p = Math.fma(p, r, TAYLOR[10]);
    p = Math.fma(p, r, TAYLOR[9]);
    p = Math.fma(p, r, TAYLOR[8]);
    p = Math.fma(p, r, TAYLOR[7]);
    p = Math.fma(p, r, TAYLOR[6]);
    p = Math.fma(p, r, TAYLOR[5]);
    p = Math.fma(p, r, TAYLOR[4]);
    p = Math.fma(p, r, TAYLOR[3]);
    p = Math.fma(p, r, TAYLOR[2]);
    p = Math.fma(p, r, TAYLOR[1]);
    p = Math.fma(p, r, TAYLOR[0]);
    long power = (Double.doubleToRawLongBits(shifted) + BIAS) << FRACTION_BITS;
    return x < NegativeExp.LOWEST ? 0 : p * Double.longBitsToDouble(power);
  }

  /**
   * Sums in four independent chains. Not vectorized, because the order in which lanes are added is
   * undefined, and a draw must not depend on it.
   */
  static double sum(double[] x, int from, int to) {
    double sum0 = 0;
    double sum1 = 0;
    double sum2 = 0;
    double sum3 = 0;
    int i = from;
    for (; i + 4 <= to; i += 4) {
      sum0 += x[i];
      sum1 += x[i + 1];
      sum2 += x[i + 2];
      sum3 += x[i + 3];
    }
    for (; i < to; i++) {
      sum0 += x[i];
    }
    return (sum0 + sum1) + (sum2 + sum3);
  }
}
