package org.lm4j.backend.cpu.kernel.vector;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.LANES;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.SPECIES;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.broadcast;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.load;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.store;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.lm4j.backend.cpu.kernel.ElementKernels;
import org.lm4j.backend.cpu.kernel.LossKernels;
import org.lm4j.backend.cpu.kernel.scalar.ScalarLossKernels;
import org.lm4j.tensor.Memory;

/** Softmax with the Vector API: sums in double precision, exponentials in float. */
public final class VectorLossKernels implements LossKernels {
  private static final long STEP = (long) LANES * Float.BYTES;
  private static final int CHAINS = 4;

  private final LossKernels few = new ScalarLossKernels(); // for less than a vector

  @Override
  public float crossEntropy(int n, long row, int target) {
    if (n < LANES) {
      return few.crossEntropy(n, row, target);
    }
    float max = (float) run(MAX, n, row, 0);
    double sum = run(EXPONENTIALS, n, row, max);
    if (n % LANES != 0) {
      sum += run(EXPONENTIALS_OF_TAIL, n % LANES, row + n / LANES * STEP, max);
    }
    return (float) (Math.log(sum) - logit(row, target, max));
  }

  @Override
  public float crossEntropyGradient(int n, long row, int target, float scale) {
    if (n < LANES) {
      return few.crossEntropyGradient(n, row, target, scale);
    }
    float max = (float) run(MAX, n, row, 0);
    double logit = logit(row, target, max);
    run(EXPONENTIALS_IN_PLACE, n, row, max);
    double sum = run(SUM, n, row, 0);
    run(SCALE, n, row, scale / sum);
    long at = row + (long) target * Float.BYTES;
    Memory.ALL.set(JAVA_FLOAT_UNALIGNED, at, Memory.ALL.get(JAVA_FLOAT_UNALIGNED, at) - scale);
    return (float) (Math.log(sum) - logit);
  }

  @Override
  public void softmax(int n, long row) {
    if (n < LANES) {
      few.softmax(n, row);
      return;
    }
    double max = run(MAX, n, row, 0);
    run(EXPONENTIALS_IN_PLACE, n, row, max);
    double sum = run(SUM, n, row, 0);
    run(SCALE, n, row, 1 / sum);
  }

  /**
   * Uses plain loops, as {@link #hinge} does: rows have a few hundred numbers, a small part of any
   * step.
   */
  @Override
  public void softmaxBackward(int n, long y, long dy, long dx) {
    few.softmaxBackward(n, y, dy, dx);
  }

  @Override
  public float hinge(int n, long row, int target, float scale) {
    return few.hinge(n, row, target, scale);
  }

  /** One pass over {@code n} floats. */
  @FunctionalInterface
  private interface Pass {
    double over(int n, long row, double with);
  }

  private static final int MAX = 0;
  private static final int EXPONENTIALS = 1;
  private static final int EXPONENTIALS_OF_TAIL = 2;
  private static final int EXPONENTIALS_IN_PLACE = 3;
  private static final int SUM = 4;
  private static final int SCALE = 5;

  private static final ElementKernels ELEMENTS = new VectorElementKernels();

  private static final Pass[] PASSES = {
    (n, row, none) -> max(n, row),
    (n, row, max) -> exponentials(n, row, (float) max),
    (n, row, max) -> exponentialsOfTail(n, row, (float) max),
    (n, row, max) -> {
      exponentialsInPlace(row, row + (long) n * Float.BYTES - STEP, (float) max);
      return 0;
    },
    (n, row, none) -> ELEMENTS.sum(n, row),
    (n, row, factor) -> {
      ELEMENTS.scale(n, (float) factor, row);
      return 0;
    }
  };

  /**
   * Calls a pass. All are called from this one place, which therefore sees many kinds and is never
   * inlined: the JIT inlines so much into one method and no more, and vectors of a pass that it has
   * inlined only in part are boxed, at three times the time.
   */
  private static double run(int pass, int n, long row, double with) {
    return PASSES[pass].over(n, row, with);
  }

  private static double logit(long row, int target, float max) {
    float logit = Memory.ALL.get(JAVA_FLOAT_UNALIGNED, row + (long) target * Float.BYTES);
    return (double) logit - max;
  }

  /**
   * Returns the largest element that is a number, or -∞ if there is none. A NaN shows in the
   * exponentials.
   */
  private static float max(int n, long row) {
    long end = row + (long) n * Float.BYTES;
    return n < CHAINS * LANES ? maxOfSome(row, end - STEP) : maxOfMany(row, end - CHAINS * STEP);
  }

  /**
   * Returns the larger lanes; {@code max} takes six instructions because of NaN and the sign of
   * zero.
   */
  private static FloatVector larger(FloatVector a, FloatVector b) {
    return a.blend(b, b.compare(VectorOperators.GT, a));
  }

  /** The last round begins at {@code last} and may see elements a second time. */
  private static float maxOfMany(long row, long last) {
    // Four chains, so that comparisons need not wait for one another; begun here, since a loop that
    // begins with a vector from elsewhere would box it.
    FloatVector a = broadcast(Float.NEGATIVE_INFINITY);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    for (long i = row; i < last + CHAINS * STEP; i += CHAINS * STEP) {
      long at = Math.min(i, last);
      a = larger(a, load(at));
      b = larger(b, load(at + STEP));
      c = larger(c, load(at + 2 * STEP));
      d = larger(d, load(at + 3 * STEP));
    }
    return larger(larger(a, b), larger(c, d)).reduceLanes(VectorOperators.MAX);
  }

  private static float maxOfSome(long row, long last) {
    FloatVector max = broadcast(Float.NEGATIVE_INFINITY);
    for (long i = row; i < last + STEP; i += STEP) {
      max = larger(max, load(Math.min(i, last)));
    }
    return max.reduceLanes(VectorOperators.MAX);
  }

  /** Returns the sum of the exponentials over the whole vectors of the row. */
  private static double exponentials(int n, long row, float max) {
    long lanes = VectorSums.scratch();
    addUp(n, row, max, lanes);
    return VectorSums.of(lanes);
  }

  private static void addUp(int n, long row, float max, long lanes) {
    FloatVector shift = broadcast(max);
    DoubleVector low = DoubleVector.zero(DoubleVector.SPECIES_PREFERRED);
    DoubleVector high = low;
    long end = row + n / LANES * STEP;
    for (long at = row; at < end; at += STEP) {
      FloatVector e = VectorMath.exp(load(at).sub(shift));
      low = low.add(VectorElementKernels.half(e, 0));
      high = high.add(VectorElementKernels.half(e, 1));
    }
    low.add(high).intoMemorySegment(Memory.ALL, lanes, VectorMath.ORDER);
  }

  /** Returns the sum of the exponentials over the rest of the row, less than a vector. */
  private static double exponentialsOfTail(int n, long at, float max) {
    long lanes = VectorSums.scratch();
    addUpTail(n, at, max, lanes);
    return VectorSums.of(lanes);
  }

  private static void addUpTail(int n, long at, float max, long lanes) {
    VectorMask<Float> m = SPECIES.indexInRange(0, n);
    FloatVector e = VectorMath.ZERO.blend(VectorMath.exp(load(at, m).sub(max)), m);
    VectorElementKernels.half(e, 0)
        .add(VectorElementKernels.half(e, 1))
        .intoMemorySegment(Memory.ALL, lanes, VectorMath.ORDER);
  }

  /**
   * Replaces the logits by their exponentials. The last vector, at {@code last}, may overlap the
   * one before, and is read before that one is written. Not added up in the same pass: the JIT's
   * budget does not suffice for both.
   */
  private static void exponentialsInPlace(long row, long last, float max) {
    FloatVector shift = broadcast(max);
    FloatVector next = load(row);
    for (long i = row; i < last + STEP; i += STEP) {
      FloatVector logits = next;
      next = load(Math.min(i + STEP, last));
      store(VectorMath.exp(logits.sub(shift)), Math.min(i, last));
    }
  }
}
