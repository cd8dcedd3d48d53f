package org.lm4j.backend.cpu.kernel.vector;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.LANES;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.ORDER;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.SPECIES;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.broadcast;
import static org.lm4j.tensor.Memory.ALL;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import org.lm4j.backend.cpu.kernel.ProductKernels;

/**
 * Weighted sums of the rows of a matrix, and outer products, bound by reading and writing it. The
 * sums stay in registers over all rows: added up in memory, each would wait for the store of the
 * one before.
 */
final class VectorCombinations {
  private static final long STEP = (long) LANES * Float.BYTES;

  private VectorCombinations() {}

  /** Computes {@link ProductKernels#combine}, four vectors of columns at a time. */
  static void combine(int count, int n, long a, long w, long out) {
    long stride = (long) n * Float.BYTES;
    long end = n / LANES * STEP;
    long at = 0;
    for (; at + 4 * STEP <= end; at += 4 * STEP) {
      four(count, stride, a, w + at, out + at);
    }
    for (; at < end; at += STEP) {
      one(count, stride, a, w + at, out + at);
    }
    if (n % LANES != 0) {
      tail(count, stride, n % LANES, a, w + end, out + end);
    }
  }

  private static FloatVector weight(long a, int i) {
    return broadcast(ALL.get(JAVA_FLOAT_UNALIGNED, a + (long) i * Float.BYTES));
  }

  private static void four(int count, long stride, long a, long w, long out) {
    FloatVector s0 = broadcast(0f);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    for (int i = 0; i < count; i++) {
      FloatVector f = weight(a, i);
      long row = w + i * stride;
      s0 = f.fma(FloatVector.fromMemorySegment(SPECIES, ALL, row, ORDER), s0);
      s1 = f.fma(FloatVector.fromMemorySegment(SPECIES, ALL, row + STEP, ORDER), s1);
      s2 = f.fma(FloatVector.fromMemorySegment(SPECIES, ALL, row + 2 * STEP, ORDER), s2);
      s3 = f.fma(FloatVector.fromMemorySegment(SPECIES, ALL, row + 3 * STEP, ORDER), s3);
    }
    s0.intoMemorySegment(ALL, out, ORDER);
    s1.intoMemorySegment(ALL, out + STEP, ORDER);
    s2.intoMemorySegment(ALL, out + 2 * STEP, ORDER);
    s3.intoMemorySegment(ALL, out + 3 * STEP, ORDER);
  }

  private static void one(int count, long stride, long a, long w, long out) {
    FloatVector s = broadcast(0f);
    for (int i = 0; i < count; i++) {
      s = weight(a, i).fma(FloatVector.fromMemorySegment(SPECIES, ALL, w + i * stride, ORDER), s);
    }
    s.intoMemorySegment(ALL, out, ORDER);
  }

  private static void tail(int count, long stride, int n, long a, long w, long out) {
    VectorMask<Float> m = SPECIES.indexInRange(0, n);
    FloatVector s = broadcast(0f);
    for (int i = 0; i < count; i++) {
      s =
          weight(a, i)
              .fma(FloatVector.fromMemorySegment(SPECIES, ALL, w + i * stride, ORDER, m), s);
    }
    s.intoMemorySegment(ALL, out, ORDER, m);
  }

  /**
   * Computes {@link ProductKernels#outer}. The last vector of a row may overlap the one before, and
   * writes the same there.
   */
  static void outer(int count, int n, float alpha, long a, long x, long out) {
    long stride = (long) n * Float.BYTES;
    if (n < LANES) {
      narrow(count, n, alpha, a, x, out);
      return;
    }
    long last = stride - STEP;
    for (int i = 0; i < count; i++) {
      FloatVector f = broadcast(alpha * ALL.get(JAVA_FLOAT_UNALIGNED, a + (long) i * Float.BYTES));
      long row = out + i * stride;
      for (long at = 0; at < stride; at += STEP) {
        long here = Math.min(at, last);
        f.mul(FloatVector.fromMemorySegment(SPECIES, ALL, x + here, ORDER))
            .intoMemorySegment(ALL, row + here, ORDER);
      }
    }
  }

  private static void narrow(int count, int n, float alpha, long a, long x, long out) {
    VectorMask<Float> m = SPECIES.indexInRange(0, n);
    FloatVector v = FloatVector.fromMemorySegment(SPECIES, ALL, x, ORDER, m);
    for (int i = 0; i < count; i++) {
      FloatVector f = broadcast(alpha * ALL.get(JAVA_FLOAT_UNALIGNED, a + (long) i * Float.BYTES));
      f.mul(v).intoMemorySegment(ALL, out + (long) i * n * Float.BYTES, ORDER, m);
    }
  }
}
