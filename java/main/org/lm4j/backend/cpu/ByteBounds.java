package org.lm4j.backend.cpu;

import static org.lm4j.backend.cpu.kernel.PlainMemory.get;
import static org.lm4j.backend.cpu.kernel.PlainMemory.set;

import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.code.CodeBounds;
import org.lm4j.backend.cpu.job.SlicedJob;
import org.lm4j.backend.cpu.job.WorkerTeam;
import org.lm4j.backend.cpu.kernel.Bf16;
import org.lm4j.backend.cpu.kernel.GateShape;
import org.lm4j.backend.cpu.kernel.Int8;
import org.lm4j.backend.cpu.kernel.ScoreKernels;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Tensor;

/**
 * Upper bounds of the logits that an output layer in bfloat16 gives, from weights and state rounded
 * further, to {@link Int8}: half the bytes to be read, which is where the time goes.
 *
 * <p>Let {@code w = s Q + e} with {@code |e| ≤ s/2}, and {@code x = S q + d} with {@code |d| ≤
 * S/2}. Then {@code w · x = s S (Q · q) + s (Q · d) + e · x ≤ s S (Q · q) + s S/2 Σ|Q| + s/2 Σ|x|}.
 * There is also room for what float32 adds, as in {@link RowBounds}. The products are exact, so
 * that the bounds have the same bits with and without machine code.
 */
final class ByteBounds extends SlicedJob implements AutoCloseable {
  private static final double SLACK = 2 * (Int8.MOST + 1) * 0x1p-24; // of a product, in steps
  private static final double TINY = 0x1p-100; // above each weight of a row that has no steps

  private final BytePanels numbers = BytePanels.fastest();
  private final @Nullable CodeBounds code = numbers.missing().isEmpty() ? CodeBounds.here() : null;
  private final int rows;
  private final int depth;
  private final int width = RowPanels.width();
  private final long matrix;
  private final HostStorage panels;
  private final HostStorage steps; // (rows, in whole panels): s
  private final HostStorage magnitudes; // (rows, in whole panels): s Σ|Q|

  /** Creates bounds for a matrix {@code (N, K)}, which must not change. */
  ByteBounds(WorkerTeam team, Tensor matrix) {
    super(team);
    this.rows = matrix.shape().dim(0);
    this.depth = matrix.shape().dim(1);
    this.matrix = matrix.address();
    int count = GateShape.roundUp(rows, width) / width;
    this.panels = new HostStorage(count * numbers.panelBytes(depth));
    this.steps = new HostStorage((long) count * width * Float.BYTES);
    this.magnitudes = new HostStorage((long) count * width * Float.BYTES);
    start(count, 1, (long) rows * depth);
  }

  /** Returns whether sums of this depth are exact. */
  static boolean supports(int depth) {
    return depth <= Int8.MOST_DEPTH;
  }

  @Override
  protected void slice(long from, long to) {
    try (HostStorage rounded = new HostStorage((long) width * depth * Float.BYTES)) {
      for (int p = (int) from; p < to; p++) {
        int first = p * width;
        int count = Math.min(width, rows - first);
        for (int row = 0; row < count; row++) {
          round(first + row, rounded.address() + (long) row * depth * Float.BYTES);
        }
        long target = panels.address() + p * numbers.panelBytes(depth);
        numbers.pack(rounded.address(), depth, width, i -> i < count ? i : -1, target);
      }
    }
  }

  /** Rounds a row to bfloat16, and keeps what its bound needs. */
  private void round(int row, long target) {
    long source = matrix + (long) row * depth * Float.BYTES;
    float most = 0;
    for (int k = 0; k < depth; k++) {
      float w = Bf16.round(get(source, k));
      set(target, k, w);
      most = Math.max(most, Math.abs(w));
    }
    float stepsOfOne = Int8.stepsOfOne(most);
    long sum = 0;
    for (int k = 0; k < depth; k++) {
      sum += Math.abs(Int8.round(get(target, k), stepsOfOne));
    }
    double step = Int8.step(most);
    set(steps.address(), row, step);
    set(magnitudes.address(), row, step * sum * (1 + SLACK));
  }

  /** Returns the bytes that {@link #row} needs. */
  long rowBytes() {
    return numbers.rowBytes(depth) + (long) depth * Float.BYTES;
  }

  /** The state, as {@link #write} takes it. */
  record Row(long address, float ofStep, float ofMagnitude, float atLeast) {}

  /**
   * Rounds a state.
   *
   * @param x {@code K} floats
   * @param buffer memory for {@link #rowBytes}
   */
  Row row(long x, long buffer) {
    long rounded = buffer + numbers.rowBytes(depth);
    double sum = 0;
    float most = 0;
    for (int k = 0; k < depth; k++) {
      float value = Bf16.round(get(x, k));
      set(rounded, k, value);
      sum += Math.abs(value);
      most = Math.max(most, Math.abs(value));
    }
    double ofStep = sum * (0.5 + (depth + 8) * SLACK);
    double step = Int8.step(most);
    long at = numbers.row(depth, rounded, buffer);
    Row row = new Row(at, (float) ofStep, (float) (step * (0.5 + SLACK)), (float) (sum * TINY));
    set(at, 1, row.ofStep); // behind the step, as the machine code takes them
    set(at, 2, row.ofMagnitude);
    set(at, 3, row.atLeast);
    set(at, 4, ScoreKernels.ABOVE);
    set(at, 5, ScoreKernels.BELOW);
    return row;
  }

  /**
   * Writes the bounds of panels {@code [from, to)}.
   *
   * @param bias address of a number for each row of the matrix that is added to its product
   * @param target of the bounds, one for each row of the matrix
   * @param largest a vector, overwritten; its largest lane is the largest bound
   */
  void write(Row row, int from, int to, long bias, long target, long largest) {
    long rowBytes = (long) width * Float.BYTES;
    int lanes = Kernels.GATES.lanes();
    for (int lane = 0; lane < lanes; lane++) {
      set(largest, lane, Float.NEGATIVE_INFINITY);
    }
    if (code == null) {
      for (int p = from; p < to; p++) {
        write(row, p, bias + p * rowBytes, target + p * rowBytes);
      }
      int vectors = (to - from) * (width / lanes);
      set(largest, 0, Kernels.scores().largest(vectors, target + from * rowBytes));
      return;
    }
    long panelBytes = numbers.panelBytes(depth);
    code.bounds(
        row.address,
        Int8.words(depth),
        panels.address() + from * panelBytes,
        panels.address() + to * panelBytes,
        bias + from * rowBytes,
        magnitudes.address() + from * rowBytes,
        target + from * rowBytes,
        largest);
  }

  /**
   * Writes the bounds of one panel.
   *
   * @param bias a row of numbers that are added to the products
   */
  void write(Row row, int p, long bias, long target) {
    long panel = panels.address() + p * numbers.panelBytes(depth);
    numbers.multiply(1, depth, row.address, panel, bias, 0, target);
    long first = (long) p * width * Float.BYTES;
    Kernels.ELEMENTS.axpy(width, row.ofStep, steps.address() + first, target);
    Kernels.ELEMENTS.axpy(width, row.ofMagnitude, magnitudes.address() + first, target);
    Kernels.scores().raise(width / Kernels.GATES.lanes(), target, row.atLeast);
  }

  @Override
  public void close() {
    panels.close();
    steps.close();
    magnitudes.close();
  }
}
