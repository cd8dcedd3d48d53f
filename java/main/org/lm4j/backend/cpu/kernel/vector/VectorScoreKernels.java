package org.lm4j.backend.cpu.kernel.vector;

import static org.lm4j.backend.cpu.kernel.vector.VectorElementKernels.half;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.LANES;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.ORDER;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.broadcast;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.exp;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.load;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.store;
import static org.lm4j.tensor.Memory.ALL;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.lm4j.backend.cpu.kernel.ProductKernels;
import org.lm4j.backend.cpu.kernel.ScoreKernels;

/**
 * Log-sum-exp of rows that come in panels, with the Vector API: in short passes over a tile in the
 * L1 cache, because the JIT inlines only so much into one method.
 */
public final class VectorScoreKernels implements ScoreKernels {
  private static final VectorSpecies<Double> WIDE = DoubleVector.SPECIES_PREFERRED;
  private static final long STEP = (long) LANES * Float.BYTES;
  private static final long ROW = TILE_VECTORS * STEP;
  private static final long LAST = ROW - STEP; // the vector to work with
  private static final long STATE = 3 * STEP;
  private static final FloatVector NOTHING = broadcast(Float.NEGATIVE_INFINITY);

  /** One loop over the rows of a tile. */
  @FunctionalInterface
  private interface Pass {
    void run(int rows, int vectors, long tile, long state);
  }

  private static final Pass[] PASSES = {
    VectorScoreKernels::maxima, VectorScoreKernels::exponentials, VectorScoreKernels::sums
  };

  @Override
  public void add(int rows, int vectors, long tile, long state) {
    for (Pass pass : PASSES) {
      pass.run(rows, vectors, tile, state);
    }
  }

  /** Writes the new maxima into the state, and the old ones behind the logits. */
  private static void maxima(int rows, int vectors, long tile, long state) {
    long last = (vectors - 1) * STEP; // of a narrow panel the third once more
    boolean narrow = vectors < ProductKernels.PANEL_VECTORS;
    for (int row = 0; row < rows; row++) {
      long at = tile + row * ROW;
      FloatVector old = load(state + row * STATE);
      store(old, at + LAST);
      FloatVector a = larger(load(at), load(at + STEP));
      FloatVector b = larger(load(at + 2 * STEP), load(at + last));
      store(larger(larger(old, a), b), state + row * STATE);
      if (narrow) {
        store(NOTHING, at + 3 * STEP);
      }
    }
  }

  /** Returns the larger; of a NaN and a number, whichever: a NaN shows in the exponentials. */
  private static FloatVector larger(FloatVector a, FloatVector b) {
    return a.blend(b, b.compare(VectorOperators.GT, a));
  }

  private static void exponentials(int rows, int vectors, long tile, long state) {
    for (int row = 0; row < rows; row++) {
      FloatVector max = load(state + row * STATE);
      long end = tile + (row + 1) * ROW;
      for (long at = end - ROW; at < end; at += STEP) {
        store(exp(load(at).sub(max)), at);
      }
    }
  }

  private static void sums(int rows, int vectors, long tile, long state) {
    for (int row = 0; row < rows; row++) {
      long at = tile + row * ROW;
      FloatVector fresh =
          load(at).add(load(at + STEP)).add(load(at + 2 * STEP).add(load(at + 3 * STEP)));
      FloatVector factor = load(at + LAST);
      long low = state + row * STATE + STEP;
      DoubleVector.fromMemorySegment(WIDE, ALL, low, ORDER)
          .fma(half(factor, 0), half(fresh, 0))
          .intoMemorySegment(ALL, low, ORDER);
      DoubleVector.fromMemorySegment(WIDE, ALL, low + STEP, ORDER)
          .fma(half(factor, 1), half(fresh, 1))
          .intoMemorySegment(ALL, low + STEP, ORDER);
    }
  }

  @Override
  public void finish(int rows, long state) {
    for (int row = 0; row < rows; row++) {
      long at = state + row * STATE;
      FloatVector maxima = load(at);
      FloatVector max = broadcast(maxima.reduceLanes(VectorOperators.MAX));
      store(max, at);
      FloatVector factor = exp(maxima.sub(max));
      DoubleVector.fromMemorySegment(WIDE, ALL, at + STEP, ORDER)
          .mul(half(factor, 0))
          .intoMemorySegment(ALL, at + STEP, ORDER);
      DoubleVector.fromMemorySegment(WIDE, ALL, at + 2 * STEP, ORDER)
          .mul(half(factor, 1))
          .intoMemorySegment(ALL, at + 2 * STEP, ORDER);
    }
  }

  @Override
  public float largest(int vectors, long x) {
    FloatVector max0 = NOTHING; // four chains, since each waits for the comparison before
    FloatVector max1 = NOTHING;
    FloatVector max2 = NOTHING;
    FloatVector max3 = NOTHING;
    long whole = x + vectors / 4 * (4 * STEP);
    long end = x + vectors * STEP;
    long at = x;
    for (; at < whole; at += 4 * STEP) {
      max0 = larger(max0, load(at));
      max1 = larger(max1, load(at + STEP));
      max2 = larger(max2, load(at + 2 * STEP));
      max3 = larger(max3, load(at + 3 * STEP));
    }
    for (; at < end; at += STEP) {
      max0 = larger(max0, load(at));
    }
    return larger(larger(max0, max1), larger(max2, max3)).reduceLanes(VectorOperators.MAX);
  }

  @Override
  public void weights(int vectors, long x, float max, float factor, long sums) {
    FloatVector sum = broadcast(0);
    long end = x + vectors * STEP;
    for (long at = x; at < end; at += STEP) {
      FloatVector weight = exp(load(at).sub(max).mul(factor));
      store(weight, at);
      sum = sum.add(weight);
    }
    store(sum, sums);
  }

  @Override
  public void raise(int vectors, long x, float more) {
    long end = x + vectors * STEP;
    for (long at = x; at < end; at += STEP) { // without differences, which -∞ does not have
      FloatVector value = load(at);
      store(larger(value.mul(ABOVE), value.mul(BELOW)).add(more), at);
    }
  }
}
