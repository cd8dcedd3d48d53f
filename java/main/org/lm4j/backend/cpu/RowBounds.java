package org.lm4j.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.lm4j.backend.cpu.kernel.PlainMemory.get;

import java.lang.foreign.MemorySegment;
import org.lm4j.backend.cpu.job.SlicedJob;
import org.lm4j.backend.cpu.job.WorkerTeam;
import org.lm4j.backend.cpu.kernel.GateShape;
import org.lm4j.backend.cpu.kernel.ProductKernels;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Memory;
import org.lm4j.tensor.Tensor;

/**
 * Upper bounds of the products of a vector with the rows of a matrix, from the matrix rounded to
 * bytes: the time of a large output layer goes into reading memory, and bytes take a quarter of it.
 *
 * <p>With {@code q = round(w / s)} and a separate step {@code s} for each row, {@code |w - s q|} is
 * at most {@code s / 2}, hence {@code w · x ≤ s (q · x) + s/2 · Σ|x|}. The bounds also have room
 * for what float32 adds: sums of {@code K} products, on both sides, {@code K · 2^-24} times the sum
 * of the magnitudes (Higham, "Accuracy and Stability of Numerical Algorithms", 2002, section 3.1);
 * as much as two products for the rounding of {@code w / s}; and the next float above for that of
 * the logit to which a bias is added.
 */
final class RowBounds extends SlicedJob implements AutoCloseable {
  private static final int MOST = 127; // of a byte's magnitudes
  private static final double SLACK = 2 * (MOST + 1) * 0x1p-24; // of a product, in steps

  private final int rows;
  private final int depth;
  private final int width = ProductKernels.PANEL_VECTORS * Kernels.GATES.lanes();
  private final long matrix;
  private final HostStorage bytes; // panels of (depth, width)
  private final double[] steps; // (rows)
  private final HostStorage sums; // (rows, padded to panels)

  /** Creates bounds for a matrix {@code (N, K)}, which must not change. */
  RowBounds(WorkerTeam team, Tensor matrix) {
    super(team);
    this.rows = matrix.shape().dim(0);
    this.depth = matrix.shape().dim(1);
    this.matrix = matrix.address();
    long padded = GateShape.roundUp(rows, width);
    this.bytes = new HostStorage(padded * depth);
    this.sums = new HostStorage(padded * Float.BYTES);
    this.steps = new double[rows];
    start(rows, width, (long) rows * depth);
  }

  /** Returns whether there are kernels that make it worth while. */
  static boolean supported() {
    return Kernels.bytes().fast();
  }

  @Override
  protected void slice(long from, long to) {
    float[] row = new float[depth];
    byte[] panel = new byte[depth * width];
    for (int first = (int) from; first < to; first += width) {
      int end = (int) Math.min(to, first + width);
      for (int i = first; i < end; i++) {
        long at = matrix + (long) i * depth * Float.BYTES;
        MemorySegment.copy(Memory.ALL, JAVA_FLOAT, at, row, 0, depth);
        steps[i] = round(row, panel, i - first);
      }
      long at = bytes.address() + (long) first * depth;
      MemorySegment.copy(panel, 0, Memory.ALL, JAVA_BYTE, at, panel.length);
    }
  }

  /** Rounds a row into a column of the panel; returns the step. */
  private double round(float[] row, byte[] panel, int column) {
    float most = 0;
    for (float w : row) {
      most = Math.max(most, Math.abs(w));
    }
    float perWeight = MOST / most;
    if (perWeight == Float.POSITIVE_INFINITY) { // no byte can tell so small weights apart
      for (int k = 0, at = column; k < depth; k++, at += width) {
        panel[at] = 0;
      }
      return 2.0 * most;
    }
    for (int k = 0, at = column; k < depth; k++, at += width) {
      float scaled = row[k] * perWeight;
      panel[at] = (byte) (scaled + Math.copySign(0.5f, scaled));
    }
    return (double) most / MOST;
  }

  /**
   * Writes the bounds of the rows in panels {@code [from, to)}.
   *
   * @param x address of {@code K} floats
   * @param bias address of a number for each row that is added to its product
   * @param target overwritten where those rows are
   */
  void write(long x, long bias, int from, int to, double[] target) {
    double magnitude = 0;
    for (int k = 0; k < depth; k++) {
      magnitude += Math.abs(get(x, k));
    }
    double margin = magnitude * (0.5 + (depth + 2) * SLACK);
    long first = (long) from * width;
    long panels = bytes.address() + first * depth;
    Kernels.bytes().panels(to - from, depth, x, panels, sums.address() + first * Float.BYTES);
    int end = Math.min(rows, to * width);
    for (int i = from * width; i < end; i++) {
      double bound = steps[i] * (get(sums.address(), i) + margin) + get(bias, i);
      target[i] = Math.nextUp((float) bound);
    }
  }

  @Override
  public void close() {
    bytes.close();
    sums.close();
  }
}
