package org.lm4j.decode;

/**
 * Computes {@code exp(x)} for {@code x ≤ 0} with a relative error below 1e-12, in a fraction of the
 * time of {@link Math#exp}: a distribution over a large vocabulary needs one for every token.
 *
 * <p>With {@code x = (64 q + j) · ln 2 / 64 + r} it is {@code 2^q · 2^(j/64) · e^r}: an exponent,
 * an entry of a table, and a polynomial for {@code |r| ≤ ln 2 / 128}, whose first term left out is
 * below 4e-14. After Tang, "Table-driven implementation of the exponential function in IEEE
 * floating-point arithmetic", ACM TOMS 15 (1989).
 */
public final class NegativeExp {
  /** The value below which the result is zero, where it would be below 3.4e-308. */
  static final double LOWEST = -708;

  private static final boolean VECTORISED =
      ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

  private static final int BITS = 6;
  private static final int ENTRIES = 1 << BITS;
  private static final double PER_STEP = ENTRIES / Math.log(2);
  // ln 2 / 64 in two parts, the first of so few bits that its product with a step is exact.
  private static final double STEP_HIGH =
      Double.longBitsToDouble(Double.doubleToRawLongBits(Math.log(2) / ENTRIES) & -1L << 27);
  // The remainder: of the nearest double, which is exact, and of ln 2 beyond that double.
  private static final double STEP_LOW =
      (Math.log(2) / ENTRIES - STEP_HIGH) + 0x1.abc9e3b39803fp-56 / ENTRIES;
  private static final double ROUNDING = 0x1.8p52; // added, leaves a whole number in the low bits
  private static final long[] POWERS = new long[ENTRIES]; // bits of 2^(j/64), less j << 46

  static {
    for (int j = 0; j < ENTRIES; j++) {
      double power = StrictMath.pow(2, (double) j / ENTRIES);
      POWERS[j] = Double.doubleToRawLongBits(power) - ((long) j << (52 - BITS));
    }
  }

  /**
   * How many numbers are computed one by one before vectors are. Compiling vectors takes a tenth of
   * a second of both cores; so many numbers take a fortieth longer without them.
   */
  private static final int NUMBERS_BEFORE_VECTORS = 1 << 22;

  private static int numbers; // as far as that; threads may lose some of each other's counts

  private NegativeExp() {}

  /** Returns {@code exp(x)}; {@code x} must not be NaN or above zero. */
  static double of(double x) {
    if (x < LOWEST) {
      return 0;
    }
    double shifted = x * PER_STEP + ROUNDING;
    double step = shifted - ROUNDING;
    double r = x - step * STEP_HIGH - step * STEP_LOW;
    long n = Double.doubleToRawLongBits(shifted);
    long bits = POWERS[(int) n & (ENTRIES - 1)] + (n << (52 - BITS));
    double power = Double.longBitsToDouble(bits);
    double r2 = r * r;
    double p = r + r2 * (0.5 + r * (1.0 / 6)) + r2 * r2 * (1.0 / 24);
    return power + power * p;
  }

  /**
   * Replaces {@code x[i]} by {@code exp((x[i] - max) * factor)} for {@code i} in {@code [from,
   * to)}.
   *
   * @param max at least every {@code x[i]}
   * @param factor above zero
   * @return their sum
   */
  public static double ofDifferences(double[] x, int from, int to, double max, double factor) {
    if (VECTORISED) {
      if (numbers < NUMBERS_BEFORE_VECTORS) {
        numbers += to - from;
        return TaylorExp.ofDifferences(x, from, to, max, factor);
      }
      return VectorNegativeExp.ofDifferences(x, from, to, max, factor);
    }
    double sum = 0;
    for (int i = from; i < to; i++) {
      double value = of((x[i] - max) * factor);
      x[i] = value;
      sum += value;
    }
    return sum;
  }
}
