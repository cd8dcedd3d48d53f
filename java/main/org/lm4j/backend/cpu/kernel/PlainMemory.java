package org.lm4j.backend.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import org.lm4j.tensor.Memory;

/** Reads and writes single floats at raw addresses, for the kernels in plain loops. */
public final class PlainMemory {
  private PlainMemory() {}

  /** Returns element {@code i} of the floats at {@code base}. */
  public static float get(long base, long i) {
    return Memory.ALL.get(JAVA_FLOAT_UNALIGNED, base + i * Float.BYTES);
  }

  /** Sets element {@code i} of the floats at {@code base}. */
  public static void set(long base, long i, double value) {
    Memory.ALL.set(JAVA_FLOAT_UNALIGNED, base + i * Float.BYTES, (float) value);
  }

  /** Returns element {@code i} of the ints at {@code base}. */
  public static int getInt(long base, long i) {
    return Memory.ALL.get(JAVA_INT_UNALIGNED, base + i * Integer.BYTES);
  }

  /** Returns the logistic function of {@code x}. */
  public static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }
}
