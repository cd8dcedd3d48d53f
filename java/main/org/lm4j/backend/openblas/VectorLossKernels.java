package org.lm4j.backend.openblas;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static org.lm4j.backend.openblas.VectorMath.LANES;
import static org.lm4j.backend.openblas.VectorMath.SPECIES;
import static org.lm4j.backend.openblas.VectorMath.broadcast;
import static org.lm4j.backend.openblas.VectorMath.load;
import static org.lm4j.backend.openblas.VectorMath.store;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.lm4j.tensor.Memory;

/** Softmax with the Vector API: sums in double precision, exponentials in float. */
final class VectorLossKernels implements LossKernels {
  private static final long STEP = (long) LANES * Float.BYTES;

  @Override
  public float crossEntropy(int n, long row, int target) {
    float max = max(n, row);
    return (float) (Math.log(exponentials(n, row, max, 0)) - logit(row, target, max));
  }

  @Override
  public float crossEntropyGradient(int n, long row, int target, float scale) {
    float max = max(n, row);
    double logit = logit(row, target, max);
    double sum = exponentials(n, row, max, row);
    Kernels.ELEMENTS.scale(n, (float) (scale / sum), row);
    long at = row + (long) target * Float.BYTES;
    Memory.ALL.set(JAVA_FLOAT_UNALIGNED, at, Memory.ALL.get(JAVA_FLOAT_UNALIGNED, at) - scale);
    return (float) (Math.log(sum) - logit);
  }

  private static double logit(long row, int target, float max) {
    float logit = Memory.ALL.get(JAVA_FLOAT_UNALIGNED, row + (long) target * Float.BYTES);
    return (double) logit - max;
  }

  private static float max(int n, long row) {
    FloatVector max = broadcast(Float.NEGATIVE_INFINITY);
    long end = row + (long) (n / LANES) * STEP;
    for (long at = row; at < end; at += STEP) {
      max = max.max(load(at));
    }
    if (n % LANES != 0) {
      VectorMask<Float> m = SPECIES.indexInRange(0, n % LANES);
      max = max.blend(max.max(load(end, m)), m);
    }
    return max.reduceLanes(VectorOperators.MAX);
  }

  /** Their sum; they themselves are written to {@code out} unless it is 0. */
  private static double exponentials(int n, long row, float max, long out) {
    DoubleVector low = DoubleVector.zero(DoubleVector.SPECIES_PREFERRED);
    DoubleVector high = low;
    long bytes = (long) (n / LANES) * STEP;
    for (long i = 0; i < bytes; i += STEP) {
      FloatVector e = VectorMath.exp(load(row + i).sub(max));
      low = low.add(VectorElementKernels.half(e, 0));
      high = high.add(VectorElementKernels.half(e, 1));
      if (out != 0) {
        store(e, out + i);
      }
    }
    if (n % LANES != 0) {
      VectorMask<Float> m = SPECIES.indexInRange(0, n % LANES);
      FloatVector e = broadcast(0f).blend(VectorMath.exp(load(row + bytes, m).sub(max)), m);
      low = low.add(VectorElementKernels.half(e, 0));
      high = high.add(VectorElementKernels.half(e, 1));
      if (out != 0) {
        store(e, out + bytes, m);
      }
    }
    return low.add(high).reduceLanes(VectorOperators.ADD);
  }
}
