package org.lm4j.io;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import org.lm4j.InputException;
import org.lm4j.tensor.Tensor;

/**
 * Rounds numbers to bfloat16, the upper half of a float32: its range with 8 bits of precision, in
 * two bytes. Rounding is to the nearest, ties to the even one.
 */
public final class Bfloat16 {
  /** The size of a number. */
  static final int BYTES = 2;

  private static final int HALF = 16;

  private Bfloat16() {}

  /** Returns the bits of the bfloat16 nearest to a number; an infinity if it is out of range. */
  public static short bits(double value) {
    int bits = Float.floatToRawIntBits(withoutTies(value));
    if (Float.isNaN(Float.intBitsToFloat(bits))) {
      return (short) ((bits >>> HALF) | 0x40); // stays not a number, whatever bits are cut off
    }
    int even = (bits >>> HALF) & 1;
    return (short) ((bits + 0x7fff + even) >>> HALF);
  }

  /** Returns the number that bits stand for. */
  public static float value(short bits) {
    return Float.intBitsToFloat(bits << HALF);
  }

  /**
   * Returns a float that rounds as the number itself does. One that is exact does; of another, the
   * lowest bit says that something was cut off, so that it is not taken for a tie.
   */
  private static float withoutTies(double value) {
    float nearest = (float) value;
    if (nearest == value || !Float.isFinite(nearest)) {
      return nearest;
    }
    int bits = Float.floatToRawIntBits(nearest);
    if (Math.abs((double) nearest) > Math.abs(value)) {
      bits--;
    }
    return Float.intBitsToFloat(bits | 1);
  }

  /**
   * Writes the rounded numbers of a tensor.
   *
   * @param target two bytes a number
   * @param name of the tensor, for messages
   * @throws InputException if a finite number is out of range
   */
  static void round(Tensor tensor, MemorySegment target, String name) {
    for (long i = 0; i < tensor.size(); i++) {
      double value = tensor.get(i);
      short rounded = bits(value);
      if (Double.isFinite(value) && !Float.isFinite(value(rounded))) {
        throw new InputException(
            "tensor %s holds %s, which is beyond the range of bfloat16 (3.39e38)"
                .formatted(SafetensorsHeader.quote(name), value));
      }
      target.setAtIndex(JAVA_SHORT, i, rounded);
    }
  }
}
