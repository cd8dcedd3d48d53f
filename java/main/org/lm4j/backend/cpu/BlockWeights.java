package org.lm4j.backend.cpu;

import static org.lm4j.backend.cpu.kernel.PlainMemory.get;

import org.lm4j.backend.cpu.kernel.GateShape;
import org.lm4j.backend.cpu.kernel.ProductKernels;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.tensor.HostStorage;

/**
 * The weights of all tokens in the next draw, computed panel by panel by the threads that compute
 * the logits: a draw then adds up the sums of the panels, and looks at the weights of one.
 */
final class BlockWeights implements AutoCloseable {
  private static final int APART = 16; // numbers, so that threads do not write to one cache line

  private final int width = RowPanels.width();
  private final HostStorage weights; // (V, in whole panels)
  private final HostStorage lanes; // a vector for each thread
  private final float[] maxima; // of each thread

  /** Allocates weights for a vocabulary, computed by at most {@code parts} threads. */
  BlockWeights(int vocabulary, int parts) {
    weights = new HostStorage((long) GateShape.roundUp(vocabulary, width) * Float.BYTES);
    lanes = new HostStorage((long) parts * APART * Float.BYTES);
    maxima = new float[parts * APART];
  }

  /** Returns the address of a panel's logits, or bounds of them, which become weights. */
  long panel(int p) {
    return weights.address() + (long) p * width * Float.BYTES;
  }

  /**
   * Finds the largest logit of panels {@code [from, to)}, which thread {@code part} has written.
   */
  void findLargest(int part, int from, int to) {
    int vectors = (to - from) * ProductKernels.PANEL_VECTORS;
    maxima[part * APART] = Kernels.scores().largest(vectors, panel(from));
  }

  /** Returns the address of a vector in which a thread may find its largest logit. */
  long lanes(int part) {
    return lanes.address() + (long) part * APART * Float.BYTES;
  }

  /** Sets a thread's largest logit: the largest number in its {@link #lanes}. */
  void setLargest(int part) {
    float max = Float.NEGATIVE_INFINITY;
    for (int lane = 0; lane < Kernels.GATES.lanes(); lane++) {
      max = Math.max(max, get(lanes(part), lane));
    }
    maxima[part * APART] = max;
  }

  /** Returns the largest logit, once {@code parts} threads have found theirs. */
  float largest(int parts) {
    float max = Float.NEGATIVE_INFINITY;
    for (int part = 0; part < parts; part++) {
      max = Math.max(max, maxima[part * APART]);
    }
    return max;
  }

  /** Turns panels {@code [from, to)} into weights, and writes the sum of each. */
  void weigh(int part, int from, int to, float max, float factor, double[] sums) {
    long vector = lanes(part);
    for (int p = from; p < to; p++) {
      Kernels.scores().weights(ProductKernels.PANEL_VECTORS, panel(p), max, factor, vector);
      double sum = 0;
      for (int lane = 0; lane < Kernels.GATES.lanes(); lane++) {
        sum += get(vector, lane);
      }
      sums[p] = sum;
    }
  }

  /** Writes the weights of one panel. */
  void block(int p, double[] target) {
    for (int i = 0; i < width; i++) {
      target[i] = get(panel(p), i);
    }
  }

  @Override
  public void close() {
    weights.close();
    lanes.close();
  }
}
