package org.lm4j.backend.reference;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import org.lm4j.tensor.Memory;

/**
 * Float64 vectors at raw addresses, with the three loops that take most of the time. Addresses
 * count bytes, lengths and strides count elements. Nothing is checked here.
 */
final class Doubles {
  static final int BYTES = Double.BYTES;

  private Doubles() {}

  static double get(long x, long i) {
    return Memory.ALL.get(JAVA_DOUBLE_UNALIGNED, x + i * BYTES);
  }

  static void set(long x, long i, double value) {
    Memory.ALL.set(JAVA_DOUBLE_UNALIGNED, x + i * BYTES, value);
  }

  static int getInt(long ids, long i) {
    return Memory.ALL.get(JAVA_INT_UNALIGNED, ids + i * Integer.BYTES);
  }

  /**
   * Returns {@code Σ x[i · stride] · y[i]}. Four partial sums, because one would wait for each
   * addition to end before the next begins; their order depends on {@code n} alone.
   */
  static double dot(long x, int stride, long y, int n) {
    double sum0 = 0;
    double sum1 = 0;
    double sum2 = 0;
    double sum3 = 0;
    long step = (long) stride * BYTES;
    long at = x;
    int i = 0;
    for (; i + 3 < n; i += 4) {
      long other = y + (long) i * BYTES;
      sum0 += get(at, 0) * get(other, 0);
      sum1 += get(at + step, 0) * get(other, 1);
      sum2 += get(at + 2 * step, 0) * get(other, 2);
      sum3 += get(at + 3 * step, 0) * get(other, 3);
      at += 4 * step;
    }
    for (; i < n; i++) {
      sum0 += get(at, 0) * get(y, i);
      at += step;
    }
    return (sum0 + sum1) + (sum2 + sum3);
  }

  /** Computes {@code y += alpha · x}. */
  static void addScaled(double alpha, long x, long y, int n) {
    for (int i = 0; i < n; i++) {
      set(y, i, get(y, i) + alpha * get(x, i));
    }
  }

  static void load(long x, double[] target) {
    for (int i = 0; i < target.length; i++) {
      target[i] = get(x, i);
    }
  }

  static void store(double[] source, long x) {
    for (int i = 0; i < source.length; i++) {
      set(x, i, source[i]);
    }
  }

  static void copy(long source, long target, long n) {
    for (long i = 0; i < n; i++) {
      set(target, i, get(source, i));
    }
  }

  static void fill(long x, long n, double value) {
    for (long i = 0; i < n; i++) {
      set(x, i, value);
    }
  }
}
