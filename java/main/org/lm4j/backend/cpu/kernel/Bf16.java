package org.lm4j.backend.cpu.kernel;

/**
 * bfloat16: sign, 8 bits of exponent and 8 of significand, of which 7 are stored; the upper half of
 * a float32. Denormal numbers count as zero, as in the x86 instructions for it.
 */
public final class Bf16 {
  private static final int EXPONENT = 0x7f80_0000;
  private static final int SIGN = 0x8000_0000;
  private static final int QUIET = 0x0040_0000;
  private static final int ALMOST_HALF = 0x7fff; // of what the upper half counts in

  private Bf16() {}

  /**
   * Returns the float nearest to {@code x} that is a bfloat16, of two equally near the one with an
   * even significand. What is too large becomes infinite, a denormal number a zero of its sign, and
   * a NaN stays one.
   */
  public static float round(float x) {
    int bits = Float.floatToRawIntBits(x);
    if (Float.isNaN(x)) {
      return Float.intBitsToFloat((bits | QUIET) & ~0xffff);
    }
    if ((bits & EXPONENT) == 0) {
      return Float.intBitsToFloat(bits & SIGN);
    }
    return Float.intBitsToFloat((bits + ALMOST_HALF + (bits >>> 16 & 1)) & ~0xffff);
  }

  /** Returns two numbers, rounded, as the lower and the upper half of a word. */
  public static int pair(float low, float high) {
    return Float.floatToRawIntBits(round(low)) >>> 16 | Float.floatToRawIntBits(round(high));
  }

  /** Returns the lower half of a word as a float. */
  public static float low(int pair) {
    return Float.intBitsToFloat(pair << 16);
  }

  /** Returns the upper half of a word as a float. */
  public static float high(int pair) {
    return Float.intBitsToFloat(pair & ~0xffff);
  }
}
