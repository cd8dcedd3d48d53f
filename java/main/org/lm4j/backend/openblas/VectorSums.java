package org.lm4j.backend.openblas;

import static org.lm4j.backend.openblas.PlainMemory.get;
import static org.lm4j.backend.openblas.VectorMath.LANES;
import static org.lm4j.backend.openblas.VectorMath.ORDER;
import static org.lm4j.backend.openblas.VectorMath.SPECIES;
import static org.lm4j.tensor.Memory.ALL;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import org.lm4j.tensor.HostStorage;

/**
 * Sums of floats in double precision, in an order of additions that is always the same: that of
 * {@code reduceLanes} is undefined, and another in compiled code than in code still interpreted.
 */
final class VectorSums {
  private static final VectorSpecies<Double> WIDE = DoubleVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Float> HALF =
      VectorSpecies.of(float.class, VectorShape.forBitSize(SPECIES.vectorBitSize() / 2));
  private static final long STEP = HALF.vectorByteSize();
  private static final int CHAINS = 4; // of sums that need not wait for one another

  /** Where a thread adds up lanes. */
  private static final ThreadLocal<MemorySegment> SCRATCH =
      ThreadLocal.withInitial(
          () -> Arena.ofAuto().allocate(WIDE.vectorByteSize(), HostStorage.ALIGNMENT));

  private VectorSums() {}

  static double sum(long n, long x) {
    DoubleVector s0 = DoubleVector.zero(WIDE);
    DoubleVector s1 = s0;
    DoubleVector s2 = s0;
    DoubleVector s3 = s0;
    long whole = n / (2L * LANES) * 2 * LANES;
    long end = x + whole * Float.BYTES;
    for (long at = x; at < end; at += CHAINS * STEP) {
      s0 = s0.add(widened(at));
      s1 = s1.add(widened(at + STEP));
      s2 = s2.add(widened(at + 2 * STEP));
      s3 = s3.add(widened(at + 3 * STEP));
    }
    double sum = lanes(s0.add(s1).add(s2.add(s3)));
    for (long i = whole; i < n; i++) {
      sum += get(x, i);
    }
    return sum;
  }

  static double ofSquares(long n, long x) {
    DoubleVector s0 = DoubleVector.zero(WIDE);
    DoubleVector s1 = s0;
    DoubleVector s2 = s0;
    DoubleVector s3 = s0;
    long whole = n / (2L * LANES) * 2 * LANES;
    long end = x + whole * Float.BYTES;
    for (long at = x; at < end; at += CHAINS * STEP) {
      DoubleVector v0 = widened(at);
      DoubleVector v1 = widened(at + STEP);
      DoubleVector v2 = widened(at + 2 * STEP);
      DoubleVector v3 = widened(at + 3 * STEP);
      s0 = v0.fma(v0, s0);
      s1 = v1.fma(v1, s1);
      s2 = v2.fma(v2, s2);
      s3 = v3.fma(v3, s3);
    }
    double sum = lanes(s0.add(s1).add(s2.add(s3)));
    for (long i = whole; i < n; i++) {
      double value = get(x, i);
      sum += value * value;
    }
    return sum;
  }

  /** The sum of the lanes, from the first to the last, by way of memory. */
  static double lanes(DoubleVector v) {
    long at = SCRATCH.get().address();
    v.intoMemorySegment(ALL, at, ORDER);
    double sum = 0;
    for (int i = 0; i < WIDE.length(); i++) {
      sum += ALL.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, at + (long) i * Double.BYTES);
    }
    return sum;
  }

  /** Half as many floats as a vector holds. */
  private static DoubleVector widened(long at) {
    return (DoubleVector)
        FloatVector.fromMemorySegment(HALF, ALL, at, ORDER)
            .convertShape(VectorOperators.F2D, WIDE, 0);
  }
}
