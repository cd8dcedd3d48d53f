package org.lm4j.decode;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.code.CodeExponentials;

/**
 * Computes {@code exp(x)} for {@code x ≤ 0} with a relative error below 1e-12, in a fraction of the
 * time of {@link Math#exp}: a distribution over a large vocabulary needs one for every token.
 *
 * <p>With {@code x = n · ln 2 + r} it is {@code 2^n · e^r}, {@code e^r} by its Taylor polynomial up
 * to {@code r¹¹/11!}, which for {@code |r| ≤ ln 2 / 2} has a relative error below 1e-14. Machine
 * code, where there is any, computes eight at once with the same bits. The Vector API does not: its
 * operations are calls that allocate until the JIT has compiled the last stage, which would stop a
 * text for half a second after a thousand tokens.
 */
public final class NegativeExp {
  /** The value below which the result is zero, where it would be below 3.4e-308. */
  static final double LOWEST = -708;

  private static final double PER_POWER = 1 / Math.log(2);
  // ln 2 in two parts, the first of so few bits that its product with a power is exact.
  private static final double LN2_HIGH = 0x1.62e42fefa0000p-1;
  private static final double LN2_LOW = 0x1.cf79abc9e3b3ap-40;
  private static final double ROUNDING = 0x1.8p52; // added, leaves a whole number in the low bits
  private static final int BIAS = 1023; // of a double's exponent
  private static final int FRACTION_BITS = 52;
  private static final double[] TAYLOR = new double[12]; // 1 / k!

  static {
    TAYLOR[0] = 1;
    for (int k = 1; k < TAYLOR.length; k++) {
      TAYLOR[k] = TAYLOR[k - 1] / k;
    }
  }

  /** Fewer numbers take longer to copy than to compute. */
  private static final int WORTH_A_CALL = 16;

  private NegativeExp() {}

  /** Machine code for {@link #of}; apart, since not every program draws. */
  private static final class Code {
    static final @Nullable CodeExponentials CODE = CodeExponentials.of(numbers());

    private static CodeExponentials.Numbers numbers() {
      List<Double> taylor = new ArrayList<>();
      for (double coefficient : TAYLOR) {
        taylor.add(coefficient);
      }
      return new CodeExponentials.Numbers(LOWEST, PER_POWER, ROUNDING, LN2_HIGH, LN2_LOW, taylor);
    }
  }

  /** Returns {@code exp(x)} for {@code x ≤ 0}; a NaN stays one. */
  static double of(double x) {
    double v = Math.max(x, LOWEST);
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
    return x < LOWEST ? 0 : p * Double.longBitsToDouble(power);
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
    CodeExponentials code = to - from < WORTH_A_CALL ? null : Code.CODE;
    if (code == null) {
      replace(x, from, to, max, factor);
    } else {
      code.replace(x, from, to, max, factor);
    }
    return sum(x, from, to);
  }

  /** Replaces numbers as {@link #ofDifferences} does, one at a time. */
  static void replace(double[] x, int from, int to, double max, double factor) {
    for (int i = from; i < to; i++) {
      x[i] = of((x[i] - max) * factor);
    }
  }

  /**
   * Sums in four independent chains. Not vectorized, because the order in which lanes are added is
   * undefined, and a draw must not depend on it.
   */
  private static double sum(double[] x, int from, int to) {
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
