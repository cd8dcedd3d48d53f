package org.lm4j.backend.cpu.kernel.vector;

import static org.lm4j.backend.cpu.kernel.vector.VectorMath.LANES;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.ORDER;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.SPECIES;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.broadcast;
import static org.lm4j.tensor.Memory.ALL;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;
import org.lm4j.backend.cpu.kernel.SampleKernels;

/**
 * The kernels of negative sampling in vectors. Sums across lanes go through memory in a fixed
 * order, those of all rows side by side (see {@link VectorDots} for why).
 */
public final class VectorSampleKernels implements SampleKernels {
  private static final long STEP = (long) LANES * Float.BYTES;

  @Override
  public void dots(int count, int n, long table, int[] ids, long x, float[] sums, float[] out) {
    long rowBytes = (long) n * Float.BYTES;
    long whole = n / LANES * STEP;
    VectorMask<Float> m = SPECIES.indexInRange(0, n % LANES);
    for (int i = 0; i < count; i++) {
      long row = table + ids[i] * rowBytes;
      FloatVector s =
          FloatVector.fromMemorySegment(SPECIES, ALL, row + whole, ORDER, m)
              .mul(FloatVector.fromMemorySegment(SPECIES, ALL, x + whole, ORDER, m));
      for (long at = 0; at < whole; at += STEP) {
        s =
            FloatVector.fromMemorySegment(SPECIES, ALL, row + at, ORDER)
                .fma(FloatVector.fromMemorySegment(SPECIES, ALL, x + at, ORDER), s);
      }
      s.intoArray(sums, i * LANES);
    }
    int lanes = LANES;
    if (lanes == 16) {
      fold(FloatVector.SPECIES_256, count, sums);
      lanes = 8;
    }
    if (lanes == 8) {
      fold(FloatVector.SPECIES_128, count, sums);
    }
    for (int i = 0; i < count; i++) {
      int at = 4 * i;
      out[i] = (sums[at] + sums[at + 2]) + (sums[at + 1] + sums[at + 3]);
    }
  }

  /** Adds the halves of {@code count} vectors; the sums lie closer together than the vectors. */
  private static void fold(VectorSpecies<Float> half, int count, float[] sums) {
    int lanes = half.length();
    for (int i = 0; i < count; i++) {
      FloatVector.fromArray(half, sums, 2 * i * lanes)
          .add(FloatVector.fromArray(half, sums, (2 * i + 1) * lanes))
          .intoArray(sums, i * lanes);
    }
  }

  @Override
  public void combine(int count, int n, float[] a, long table, int[] ids, long out) {
    long rowBytes = (long) n * Float.BYTES;
    long whole = n / LANES * STEP;
    long at = 0;
    for (; at + 2 * STEP <= whole; at += 2 * STEP) {
      FloatVector s0 = broadcast(0f);
      FloatVector s1 = s0;
      for (int i = 0; i < count; i++) {
        long row = table + ids[i] * rowBytes + at;
        FloatVector f = broadcast(a[i]);
        s0 = f.fma(FloatVector.fromMemorySegment(SPECIES, ALL, row, ORDER), s0);
        s1 = f.fma(FloatVector.fromMemorySegment(SPECIES, ALL, row + STEP, ORDER), s1);
      }
      s0.intoMemorySegment(ALL, out + at, ORDER);
      s1.intoMemorySegment(ALL, out + at + STEP, ORDER);
    }
    for (; at < rowBytes; at += STEP) {
      VectorMask<Float> m = SPECIES.indexInRange(at / Float.BYTES, n);
      FloatVector s = broadcast(0f);
      for (int i = 0; i < count; i++) {
        long row = table + ids[i] * rowBytes + at;
        s = broadcast(a[i]).fma(FloatVector.fromMemorySegment(SPECIES, ALL, row, ORDER, m), s);
      }
      s.intoMemorySegment(ALL, out + at, ORDER, m);
    }
  }

  @Override
  public void update(int count, int n, float[] a, long x, long table, int[] ids, long rowBytes) {
    long whole = n / LANES * STEP;
    VectorMask<Float> m = SPECIES.indexInRange(0, n % LANES);
    for (int i = 0; i < count; i++) {
      long row = table + ids[i] * rowBytes;
      FloatVector f = broadcast(a[i]);
      for (long at = 0; at < whole; at += STEP) {
        f.fma(
                FloatVector.fromMemorySegment(SPECIES, ALL, x + at, ORDER),
                FloatVector.fromMemorySegment(SPECIES, ALL, row + at, ORDER))
            .intoMemorySegment(ALL, row + at, ORDER);
      }
      if (n % LANES != 0) {
        f.fma(
                FloatVector.fromMemorySegment(SPECIES, ALL, x + whole, ORDER, m),
                FloatVector.fromMemorySegment(SPECIES, ALL, row + whole, ORDER, m))
            .intoMemorySegment(ALL, row + whole, ORDER, m);
      }
    }
  }
}
