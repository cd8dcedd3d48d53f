package org.lm4j.nn;

import org.lm4j.compute.Backend;
import org.lm4j.compute.GemmOp;
import org.lm4j.tensor.Tensor;

/**
 * The mean of each sequence over its own steps: {@code y[b] = 1/length[b] Σ over t of x[t, b]},
 * where {@code x} is 0 beyond each end, as the outputs of a {@link SequenceEncoder} are. The sum
 * over time is a product with a row of ones. Over batches of one shape; owns its memory.
 */
public final class MeanPooling implements AutoCloseable {
  private final Backend backend;
  private final OwnedTensors owned;
  private final int steps;
  private final int batch;
  private final int width;
  private final Tensor ones; // (1, T)
  private final Tensor row; // (1, W): ones
  private final Tensor zeros; // (B, T)
  private final Tensor uniform; // (B, T): 1/length up to each end
  private final Tensor inverse; // (B, 1): 1/length, 0 for a sequence of length 0
  private final Tensor weights; // (B, W): the same in each column
  private final Tensor sum; // (B, W)

  /** Creates a layer for sequences {@code (T, B, W)}. */
  public MeanPooling(Backend backend, int steps, int batch, int width) {
    this.backend = backend;
    this.steps = steps;
    this.batch = batch;
    this.width = width;
    this.owned = new OwnedTensors(backend);
    this.ones = owned.floats(1, steps);
    this.row = owned.floats(1, width);
    this.zeros = owned.floats(batch, steps);
    this.uniform = owned.floats(batch, steps);
    this.inverse = owned.floats(batch, 1);
    this.weights = owned.floats(batch, width);
    this.sum = owned.floats(batch, width);
    backend.fill(ones, 1);
    backend.fill(row, 1);
  }

  private Tensor line(Tensor rows) {
    return rows.reshape(1, Math.multiplyExact(batch, width));
  }

  /**
   * Computes the means.
   *
   * @param x {@code (T, B, W)}, 0 beyond each end
   * @param lengths {@code I32 (B)}, each in [0, T]
   * @param y {@code (B, W)}; overwritten, 0 for a sequence of length 0
   */
  public void forward(Tensor x, Tensor lengths, Tensor y) {
    backend.softmax(zeros, lengths, uniform); // of equal numbers: all alike, as many as count
    backend.copyColumns(uniform, 0, inverse, 0, 1);
    backend.gemm(GemmOp.NN, 1, inverse, row, 0, weights);
    Tensor flat = x.reshape(steps, Math.multiplyExact(batch, width));
    backend.gemm(GemmOp.NN, 1, ones, flat, 0, line(sum));
    backend.multiply(sum, weights, y);
  }

  /**
   * Computes the gradient of the last forward pass.
   *
   * @param dy {@code (B, W)}
   * @param dx {@code (T, B, W)}; overwritten, beyond the ends as before them
   */
  public void backward(Tensor dy, Tensor dx) {
    backend.multiply(dy, weights, sum);
    Tensor flat = dx.reshape(steps, Math.multiplyExact(batch, width));
    backend.gemm(GemmOp.TN, 1, ones, line(sum), 0, flat);
  }

  @Override
  public void close() {
    owned.close();
  }
}
