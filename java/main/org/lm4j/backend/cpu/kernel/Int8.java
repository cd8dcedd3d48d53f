package org.lm4j.backend.cpu.kernel;

/**
 * Numbers rounded to whole steps from -127 to 127. The step, {@code s = max|x| / 127}, is that of
 * the vector to which a number belongs, so that its largest magnitude is 127 steps.
 */
public final class Int8 {
  /** The largest number of steps. */
  public static final int MOST = 127;

  /** What is added to steps that are stored in a byte without sign. */
  public static final int OFFSET = 128;

  /** The most products whose sum is less than 2^31, one factor having {@link #OFFSET}. */
  public static final int MOST_DEPTH = Integer.MAX_VALUE / (MOST * (MOST + OFFSET));

  /** A float added to this one is rounded to a whole number, of two equally near the even one. */
  public static final float WHOLE = 0x1.8p23f;

  /** The bits of {@link #WHOLE}; those of a rounded sum lie above them by the whole number. */
  public static final int WHOLE_BITS = Float.floatToRawIntBits(WHOLE);

  private Int8() {}

  /**
   * Returns the length of a step; 0 if the vector is too small to have steps, NaN if a number in it
   * is not finite.
   *
   * @param most the largest magnitude of the vector, NaN if one of its numbers is
   */
  public static float step(float most) {
    if (!Float.isFinite(most)) {
      return Float.NaN;
    }
    return stepsOfOne(most) == 0 ? 0 : most / MOST;
  }

  /** Returns how many steps the number 1 is; 0 where {@link #step} is 0 or NaN. */
  public static float stepsOfOne(float most) {
    float steps = MOST / most;
    return Float.isFinite(steps) && Float.isFinite(most) ? steps : 0;
  }

  /**
   * Returns a number in steps, from -127 to 127; meaningless if {@link #step} is NaN.
   *
   * @param stepsOfOne of the number's vector
   */
  public static int round(float x, float stepsOfOne) {
    return Float.floatToRawIntBits(x * stepsOfOne + WHOLE) - WHOLE_BITS;
  }

  /** Returns the words that hold as many bytes. */
  public static int words(int bytes) {
    return (bytes + Integer.BYTES - 1) / Integer.BYTES;
  }
}
