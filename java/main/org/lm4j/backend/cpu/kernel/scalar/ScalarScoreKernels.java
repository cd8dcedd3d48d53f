package org.lm4j.backend.cpu.kernel.scalar;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static org.lm4j.backend.cpu.kernel.PlainMemory.get;
import static org.lm4j.backend.cpu.kernel.PlainMemory.set;
import static org.lm4j.tensor.Memory.ALL;

import org.lm4j.backend.cpu.kernel.Lanes;
import org.lm4j.backend.cpu.kernel.ScoreKernels;

/** Log-sum-exp of rows that come in panels, in plain loops. */
public final class ScalarScoreKernels implements ScoreKernels {
  private static final int LANES = Lanes.COUNT;
  private static final long STATE_BYTES = (long) LANES * (Float.BYTES + Double.BYTES);

  @Override
  public void add(int rows, int vectors, long tile, long state) {
    for (int row = 0; row < rows; row++) {
      long logits = tile + (long) row * TILE_VECTORS * LANES * Float.BYTES;
      long maxima = state + row * STATE_BYTES;
      for (int lane = 0; lane < LANES; lane++) {
        addLane(lane, vectors, logits, maxima);
      }
    }
  }

  private static void addLane(int lane, int vectors, long logits, long maxima) {
    float old = get(maxima, lane);
    float max = old;
    for (int i = 0; i < vectors; i++) {
      float logit = get(logits, (long) i * LANES + lane);
      max = logit > max ? logit : max; // a NaN shows in the sum
    }
    long at = sums(maxima) + (long) lane * Double.BYTES;
    double sum = ALL.get(JAVA_DOUBLE_UNALIGNED, at) * Math.exp((double) old - max);
    for (int i = 0; i < vectors; i++) {
      sum += Math.exp((double) get(logits, (long) i * LANES + lane) - max);
    }
    ALL.set(JAVA_DOUBLE_UNALIGNED, at, sum);
    set(maxima, lane, max);
  }

  @Override
  public void finish(int rows, long state) {
    for (int row = 0; row < rows; row++) {
      long maxima = state + row * STATE_BYTES;
      float max = LEAST;
      for (int lane = 0; lane < LANES; lane++) {
        max = Math.max(max, get(maxima, lane));
      }
      for (int lane = 0; lane < LANES; lane++) {
        long at = sums(maxima) + (long) lane * Double.BYTES;
        double factor = Math.exp((double) get(maxima, lane) - max);
        ALL.set(JAVA_DOUBLE_UNALIGNED, at, ALL.get(JAVA_DOUBLE_UNALIGNED, at) * factor);
      }
      set(maxima, 0, max);
    }
  }

  private static long sums(long maxima) {
    return maxima + (long) LANES * Float.BYTES;
  }

  @Override
  public float largest(int vectors, long x) {
    float max = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < vectors * LANES; i++) {
      max = get(x, i) > max ? get(x, i) : max;
    }
    return max;
  }

  @Override
  public void weights(int vectors, long x, float max, float factor, long sums) {
    for (int lane = 0; lane < LANES; lane++) {
      float sum = 0;
      for (int i = lane; i < vectors * LANES; i += LANES) {
        float weight = (float) Math.exp((get(x, i) - max) * factor);
        set(x, i, weight);
        sum += weight;
      }
      set(sums, lane, sum);
    }
  }

  @Override
  public void raise(int vectors, long x, float more) {
    for (int i = 0; i < vectors * LANES; i++) {
      float value = get(x, i);
      set(x, i, Math.max(value * ABOVE, value * BELOW) + more);
    }
  }
}
