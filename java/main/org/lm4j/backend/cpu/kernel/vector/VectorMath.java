package org.lm4j.backend.cpu.kernel.vector;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
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
public final class VectorMath {
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

  /** The number of floats in a vector. */
  public static final int LANES = SPECIES.length();

  static final ByteOrder ORDER = ByteOrder.nativeOrder();

  // Constants are vectors already: each broadcast in a method counts against what the JIT inlines.
  static final FloatVector ZERO = broadcast(0);
  static final FloatVector ONE = broadcast(1);
  private static final FloatVector MINUS_TWO = broadcast(-2);
  private static final FloatVector LOG2_E = broadcast(1.442695f);
  private static final FloatVector MINUS_LN2_HIGH = broadcast(-0x1.63p-1f); // multiples are exact
  private static final FloatVector MINUS_LN2_LOW = broadcast(2.1219444e-4f);
  private static final FloatVector ROUNDER = broadcast(0x1.8p23f); // adding it rounds to whole
  private static final FloatVector EXP_LEAST = broadcast(-87.33654f); // log of smallest normal
  private static final FloatVector EXP_2 = broadcast(0.49999994f);
  private static final FloatVector EXP_3 = broadcast(0.1666652f);
  private static final FloatVector EXP_4 = broadcast(0.041668393f);
  private static final FloatVector EXP_5 = broadcast(0.008368781f);
  private static final FloatVector EXP_6 = broadcast(0.0013814467f);
  private static final FloatVector TANH_SMALL = broadcast(0.625f); // below: odd polynomial
  private static final FloatVector TANH_3 = broadcast(-0.33333284f);
  private static final FloatVector TANH_5 = broadcast(0.13331491f);
  private static final FloatVector TANH_7 = broadcast(-0.053743497f);
  private static final FloatVector TANH_9 = broadcast(0.020650588f);
  private static final FloatVector TANH_11 = broadcast(-0.005717045f);
  private static final IntVector SIGN =
      IntVector.broadcast(IntVector.SPECIES_PREFERRED, Integer.MIN_VALUE);
  private static final IntVector ONE_BITS =
      IntVector.broadcast(IntVector.SPECIES_PREFERRED, Float.floatToRawIntBits(1));
  private static final int MANTISSA_BITS = 23;

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

  /** Returns {@code exp x} for {@code x <= 88}. */
  static FloatVector exp(FloatVector x) {
    VectorMask<Float> tiny = x.compare(VectorOperators.LT, EXP_LEAST);
    FloatVector clamped = x.blend(EXP_LEAST, tiny);
    FloatVector shifted = clamped.fma(LOG2_E, ROUNDER);
    FloatVector whole = shifted.sub(ROUNDER);
    FloatVector r = whole.fma(MINUS_LN2_LOW, whole.fma(MINUS_LN2_HIGH, clamped));
    FloatVector p = EXP_6.fma(r, EXP_5).fma(r, EXP_4).fma(r, EXP_3).fma(r, EXP_2);
    p = p.mul(r).fma(r, r).add(ONE);
    // Multiplied, not added to the bits of p: a NaN must stay one.
    FloatVector power =
        shifted
            .reinterpretAsInts()
            .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
            .add(ONE_BITS)
            .reinterpretAsFloats();
    return p.mul(power).blend(ZERO, tiny);
  }

  /**
   * Returns {@code 1 / (1 + exp(-x))}, written so that small results keep their relative accuracy.
   */
  static FloatVector sigmoid(FloatVector x) {
    FloatVector t = exp(x.abs().neg());
    FloatVector numerator = ONE.blend(t, x.compare(VectorOperators.LT, ZERO));
    FloatVector denominator = t.add(ONE);
    FloatVector quotient = numerator.div(denominator);
    // What the sum was rounded by, to first order; matters below zero, where 1 - q is 1 / (1 + t).
    FloatVector excess = denominator.sub(ONE).sub(t);
    return quotient.mul(ONE.sub(quotient)).fma(excess, quotient);
  }

  /**
   * Returns {@code tanh x}: {@code x + x³ P(x²)} near zero, {@code (1 - t) / (1 + t)}, {@code t =
   * exp(-2|x|)}, elsewhere.
   */
  static FloatVector tanh(FloatVector x) {
    FloatVector magnitude = x.abs();
    FloatVector t = exp(magnitude.mul(MINUS_TWO));
    FloatVector large = ONE.sub(t).div(t.add(ONE));
    FloatVector square = x.mul(x);
    FloatVector p = TANH_11.fma(square, TANH_9).fma(square, TANH_7).fma(square, TANH_5);
    FloatVector small = p.fma(square, TANH_3).mul(square).fma(magnitude, magnitude);
    return large
        .blend(small, magnitude.compare(VectorOperators.LT, TANH_SMALL))
        .reinterpretAsInts()
        .or(x.reinterpretAsInts().and(SIGN)) // the sign of x, that of zero too
        .reinterpretAsFloats();
  }
}
