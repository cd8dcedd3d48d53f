package org.lm4j.backend.cpu.kernel.vector;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static org.lm4j.backend.cpu.kernel.PlainMemory.get;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.LANES;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.ORDER;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.SPECIES;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.broadcast;
import static org.lm4j.tensor.Memory.ALL;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;
import org.lm4j.backend.cpu.kernel.ProductKernels;
import org.lm4j.tensor.HostStorage;

/** Dot products with the rows of a row-major matrix, bound by reading it. */
final class VectorDots {
  private static final long STEP = (long) LANES * Float.BYTES;

  /** A thread's memory for adding up the lanes of four rows. */
  private static final ThreadLocal<MemorySegment> SUMS =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(4 * STEP, HostStorage.ALIGNMENT));

  private VectorDots() {}

  /**
   * Computes {@link ProductKernels#dots}, four rows at a time, so that x is loaded once for four.
   */
  static void dots(int count, int k, long w, long x, long out) {
    long stride = (long) k * Float.BYTES;
    long sums = SUMS.get().address();
    int i = 0;
    for (; i + 4 <= count; i += 4) {
      dots4(k, w + i * stride, x, sums, out + (long) i * Float.BYTES);
    }
    for (; i < count; i++) {
      dot(k, w + i * stride, x, sums, out + (long) i * Float.BYTES);
    }
  }

  private static void dots4(int k, long w, long x, long sums, long out) {
    long stride = (long) k * Float.BYTES;
    FloatVector s0 = broadcast(0f);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    long bytes = (long) (k / LANES) * STEP;
    for (long i = 0; i < bytes; i += STEP) {
      FloatVector v = FloatVector.fromMemorySegment(SPECIES, ALL, x + i, ORDER);
      s0 = v.fma(FloatVector.fromMemorySegment(SPECIES, ALL, w + i, ORDER), s0);
      s1 = v.fma(FloatVector.fromMemorySegment(SPECIES, ALL, w + stride + i, ORDER), s1);
      s2 = v.fma(FloatVector.fromMemorySegment(SPECIES, ALL, w + 2 * stride + i, ORDER), s2);
      s3 = v.fma(FloatVector.fromMemorySegment(SPECIES, ALL, w + 3 * stride + i, ORDER), s3);
    }
    if (k % LANES != 0) {
      VectorMask<Float> m = SPECIES.indexInRange(0, k % LANES);
      FloatVector v = FloatVector.fromMemorySegment(SPECIES, ALL, x + bytes, ORDER, m);
      s0 = v.fma(FloatVector.fromMemorySegment(SPECIES, ALL, w + bytes, ORDER, m), s0);
      s1 = v.fma(FloatVector.fromMemorySegment(SPECIES, ALL, w + stride + bytes, ORDER, m), s1);
      s2 = v.fma(FloatVector.fromMemorySegment(SPECIES, ALL, w + 2 * stride + bytes, ORDER, m), s2);
      s3 = v.fma(FloatVector.fromMemorySegment(SPECIES, ALL, w + 3 * stride + bytes, ORDER, m), s3);
    }
    put(s0, sums, out);
    put(s1, sums + STEP, out + Float.BYTES);
    put(s2, sums + 2 * STEP, out + 2 * Float.BYTES);
    put(s3, sums + 3 * STEP, out + 3 * Float.BYTES);
  }

  private static void dot(int k, long w, long x, long sums, long out) {
    FloatVector s = broadcast(0f);
    long bytes = (long) (k / LANES) * STEP;
    for (long i = 0; i < bytes; i += STEP) {
      s =
          FloatVector.fromMemorySegment(SPECIES, ALL, x + i, ORDER)
              .fma(FloatVector.fromMemorySegment(SPECIES, ALL, w + i, ORDER), s);
    }
    if (k % LANES != 0) {
      VectorMask<Float> m = SPECIES.indexInRange(0, k % LANES);
      s =
          FloatVector.fromMemorySegment(SPECIES, ALL, x + bytes, ORDER, m)
              .fma(FloatVector.fromMemorySegment(SPECIES, ALL, w + bytes, ORDER, m), s);
    }
    put(s, sums, out);
  }

  /**
   * Writes the sum of the lanes, halves added to halves, by way of memory. Not {@code reduceLanes},
   * whose order of additions is undefined: code that is compiled adds in another than code that is
   * still interpreted, so that bits would depend on when that happens. And not by shuffles, which
   * the JIT at times does not inline: vectors would become objects.
   */
  private static void put(FloatVector s, long sums, long out) {
    s.intoMemorySegment(ALL, sums, ORDER);
    if (LANES >= 16) {
      fold(FloatVector.SPECIES_256, sums);
    }
    if (LANES >= 8) {
      fold(FloatVector.SPECIES_128, sums);
    }
    float even = get(sums, 0) + get(sums, 2);
    float odd = get(sums, 1) + get(sums, 3);
    ALL.set(JAVA_FLOAT_UNALIGNED, out, even + odd);
  }

  private static void fold(VectorSpecies<Float> half, long sums) {
    FloatVector.fromMemorySegment(half, ALL, sums, ORDER)
        .add(FloatVector.fromMemorySegment(half, ALL, sums + half.vectorByteSize(), ORDER))
        .intoMemorySegment(ALL, sums, ORDER);
  }
}
