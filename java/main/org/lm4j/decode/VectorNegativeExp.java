package org.lm4j.decode;

import static org.lm4j.decode.TaylorExp.BIAS;
import static org.lm4j.decode.TaylorExp.FRACTION_BITS;
import static org.lm4j.decode.TaylorExp.LN2_HIGH;
import static org.lm4j.decode.TaylorExp.LN2_LOW;
import static org.lm4j.decode.TaylorExp.PER_POWER;
import static org.lm4j.decode.TaylorExp.ROUNDING;
import static org.lm4j.decode.TaylorExp.TAYLOR;

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
    return TaylorExp.sum(x, from, to);
  }
}
