package org.lm4j.decode;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Vectorized {@link NegativeExp}. With {@code x = n · ln 2 + r} it is {@code 2^n · e^r}, {@code
 * e^r} by its Taylor polynomial up to {@code r¹¹/11!}, which for {@code |r| ≤ ln 2 / 2} has a
 * relative error below 1e-14. It uses no table, which would have to be looked up lane by lane.
 */
final class VectorNegativeExp {
  private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
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

  private VectorNegativeExp() {}

  /**
   * Computes {@link NegativeExp#ofDifferences}. The tail that does not fill a vector is computed in
   * the same way, so that equal numbers have equal results at any position.
   */
  static double ofDifferences(double[] x, int from, int to, double max, double factor) {
    for (int i = from; i < to; i += SPECIES.length()) {
      VectorMask<Double> there = SPECIES.indexInRange(i, to);
      DoubleVector v = DoubleVector.fromArray(SPECIES, x, i, there).sub(max).mul(factor);
      VectorMask<Double> vanishes = v.lt(NegativeExp.LOWEST);
      v = v.max(NegativeExp.LOWEST);
      DoubleVector shifted = v.fma(PER_POWER, ROUNDING);
      DoubleVector n = shifted.sub(ROUNDING);
      DoubleVector r = n.fma(DoubleVector.broadcast(SPECIES, -LN2_HIGH), v);
      r = n.fma(DoubleVector.broadcast(SPECIES, -LN2_LOW), r);
      DoubleVector p = DoubleVector.broadcast(SPECIES, TAYLOR[11]);
      p = p.fma(r, DoubleVector.broadcast(SPECIES, TAYLOR[10]));
      p = p.fma(r, DoubleVector.broadcast(SPECIES, TAYLOR[9]));
      p = p.fma(r, DoubleVector.broadcast(SPECIES, TAYLOR[8]));
      p = p.fma(r, DoubleVector.broadcast(SPECIES, TAYLOR[7]));
      p = p.fma(r, DoubleVector.broadcast(SPECIES, TAYLOR[6]));
      p = p.fma(r, DoubleVector.broadcast(SPECIES, TAYLOR[5]));
      p = p.fma(r, DoubleVector.broadcast(SPECIES, TAYLOR[4]));
      p = p.fma(r, DoubleVector.broadcast(SPECIES, TAYLOR[3]));
      p = p.fma(r, DoubleVector.broadcast(SPECIES, TAYLOR[2]));
      p = p.fma(r, DoubleVector.broadcast(SPECIES, TAYLOR[1]));
      p = p.fma(r, DoubleVector.broadcast(SPECIES, TAYLOR[0]));
      LongVector power =
          shifted.reinterpretAsLongs().add(BIAS).lanewise(VectorOperators.LSHL, FRACTION_BITS);
      DoubleVector value = p.mul(power.reinterpretAsDoubles()).blend(0, vanishes);
      value.intoArray(x, i, there);
    }
    return sum(x, from, to);
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
