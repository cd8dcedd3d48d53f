package org.lm4j.backend.openblas;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.lm4j.tensor.Memory;

/**
 * Exponential, sigmoid and tanh of vectors, within 2 ulp of the exact result, or within the
 * smallest normal number of it: results below that are flushed to zero. NaN gives NaN.
 *
 * <p>The polynomials are weighted minimax fits (Lawson's iteration on Chebyshev nodes, relative
 * error below 0.1 · 2^-24), coefficients rounded to float.
 */
final class VectorMath {
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  static final int LANES = SPECIES.length();
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private static final float LOG2_E = 1.442695f;
  private static final float LN2_HIGH = 0x1.63p-1f; // 9 bits: its multiples are exact
  private static final float LN2_LOW = -2.1219444e-4f;
  private static final float ROUNDER = 0x1.8p23f; // adding it rounds to a whole number
  private static final float EXP_LEAST = -87.33654f; // log of the smallest normal number
  private static final int MANTISSA_BITS = 23;
  private static final float TANH_SMALL = 0.625f; // below: odd polynomial

  private VectorMath() {}

  static FloatVector load(long address) {
    return FloatVector.fromMemorySegment(SPECIES, Memory.ALL, address, ORDER);
  }

  static FloatVector load(long address, VectorMask<Float> mask) {
    return FloatVector.fromMemorySegment(SPECIES, Memory.ALL, address, ORDER, mask);
  }

  static void store(FloatVector v, long address) {
    v.intoMemorySegment(Memory.ALL, address, ORDER);
  }

  static void store(FloatVector v, long address, VectorMask<Float> mask) {
    v.intoMemorySegment(Memory.ALL, address, ORDER, mask);
  }

  static FloatVector broadcast(float value) {
    return FloatVector.broadcast(SPECIES, value);
  }

  /** {@code exp x} for {@code x <= 88}. */
  static FloatVector exp(FloatVector x) {
    VectorMask<Float> tiny = x.compare(VectorOperators.LT, EXP_LEAST);
    FloatVector clamped = x.blend(EXP_LEAST, tiny);
    FloatVector shifted = clamped.fma(broadcast(LOG2_E), broadcast(ROUNDER));
    FloatVector whole = shifted.sub(ROUNDER);
    FloatVector r = whole.fma(broadcast(-LN2_HIGH), clamped);
    r = whole.fma(broadcast(-LN2_LOW), r);
    FloatVector p = broadcast(0.0013814467f);
    p = p.fma(r, broadcast(0.008368781f));
    p = p.fma(r, broadcast(0.041668393f));
    p = p.fma(r, broadcast(0.1666652f));
    p = p.fma(r, broadcast(0.49999994f));
    p = p.mul(r).fma(r, r).add(1f);
    FloatVector scaled =
        p.reinterpretAsInts()
            .add(shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, MANTISSA_BITS))
            .reinterpretAsFloats();
    return scaled.blend(0f, tiny);
  }

  /** {@code 1 / (1 + exp(-x))}, written so that small results keep their relative accuracy. */
  static FloatVector sigmoid(FloatVector x) {
    FloatVector t = exp(x.abs().neg());
    FloatVector numerator = broadcast(1f).blend(t, x.compare(VectorOperators.LT, 0f));
    return numerator.div(t.add(1f));
  }

  /** {@code tanh x}: {@code x + x³ P(x²)} near zero, {@code 1 - 2 / (exp(2|x|) + 1)} elsewhere. */
  static FloatVector tanh(FloatVector x) {
    FloatVector magnitude = x.abs();
    FloatVector t = exp(magnitude.mul(-2f));
    FloatVector large = broadcast(1f).sub(t.add(t).div(t.add(1f)));
    FloatVector square = x.mul(x);
    FloatVector p = broadcast(-0.005717045f);
    p = p.fma(square, broadcast(0.020650588f));
    p = p.fma(square, broadcast(-0.053743497f));
    p = p.fma(square, broadcast(0.13331491f));
    p = p.fma(square, broadcast(-0.33333284f));
    FloatVector small = p.mul(square).fma(magnitude, magnitude);
    FloatVector positive = large.blend(small, magnitude.compare(VectorOperators.LT, TANH_SMALL));
    return positive.blend(positive.neg(), x.compare(VectorOperators.LT, 0f));
  }
}
