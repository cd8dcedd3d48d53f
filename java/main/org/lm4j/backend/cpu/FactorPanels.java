package org.lm4j.backend.cpu;

import java.util.function.IntUnaryOperator;
import org.lm4j.backend.cpu.kernel.Bf16;
import org.lm4j.backend.cpu.kernel.ProductKernels;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.backend.cpu.panel.Panels;

/** Weights and row in the numbers of {@link Panels}, as they are multiplied in training. */
final class FactorPanels implements RowPanels {
  private final Panels numbers;

  FactorPanels(Panels numbers) {
    this.numbers = numbers;
  }

  @Override
  public String description() {
    return numbers.description();
  }

  @Override
  public boolean compact() {
    return numbers.converts();
  }

  @Override
  public long panelBytes(int depth) {
    return (long) numbers.steps(depth) * RowPanels.width() * Float.BYTES;
  }

  @Override
  public void pack(long weight, int depth, int columns, IntUnaryOperator rowOf, long target) {
    if (!compact() && Kernels.packsByMachineCode() && inVectors(columns, rowOf)) {
      transpose(weight, depth, columns, rowOf, target);
      return;
    }
    int steps = numbers.steps(depth);
    HeapPanels panels = new HeapPanels(depth, steps, RowPanels.width());
    panels.pack(weight, columns, rowOf, compact() ? this::pairs : this::floats, target);
  }

  /**
   * Returns whether each vector of columns is adjacent rows, with zeros only at its end, and all
   * vectors of zeros are the last ones.
   */
  private static boolean inVectors(int columns, IntUnaryOperator rowOf) {
    int lanes = Kernels.GATES.lanes();
    int before = 0;
    boolean ended = false;
    for (int column = 0; column < columns; column++) {
      int row = rowOf.applyAsInt(column);
      boolean first = column % lanes == 0;
      ended |= first && row < 0;
      if (row >= 0 && (ended || (!first && row != before + 1))) {
        return false;
      }
      before = row < 0 ? Integer.MAX_VALUE : row; // no row comes after it
    }
    return true;
  }

  /** Packs by machine code, which is fast from the first row on. */
  private void transpose(long weight, int depth, int columns, IntUnaryOperator rowOf, long target) {
    int lanes = Kernels.GATES.lanes();
    int width = RowPanels.width();
    long rowBytes = (long) depth * Float.BYTES;
    long stepBytes = (long) width * Float.BYTES;
    for (int column = 0; column < columns; column += lanes) {
      long panel = target + column / width * panelBytes(depth);
      if (column % width == 0 && rowOf.applyAsInt(column + width - lanes) < 0) {
        Kernels.ELEMENTS.fill((long) depth * width, 0, panel);
      }
      int count = 0;
      while (count < lanes && rowOf.applyAsInt(column + count) >= 0) {
        count++;
      }
      if (count > 0) {
        long from = weight + rowOf.applyAsInt(column) * rowBytes;
        long to = panel + (long) (column % width) * Float.BYTES;
        Kernels.PACKING.transpose(count, depth, from, rowBytes, to, stepBytes);
      }
    }
  }

  private void floats(float[] row, int column, int[] panel) {
    for (int i = 0, at = column; i < row.length; i++, at += RowPanels.width()) {
      panel[at] = Float.floatToRawIntBits(row[i]);
    }
  }

  private void pairs(float[] row, int column, int[] panel) {
    int steps = numbers.steps(row.length);
    for (int i = 0, at = column; i < steps; i++, at += RowPanels.width()) {
      float high = i + steps < row.length ? row[i + steps] : 0;
      panel[at] = Bf16.pair(row[i], high);
    }
  }

  @Override
  public long rowBytes(int depth) {
    return numbers.leftWords(1, depth) * Float.BYTES;
  }

  @Override
  public long row(int depth, long x, long buffer) {
    return numbers.left(1, depth, x, (long) depth * Float.BYTES, buffer);
  }

  @Override
  public void multiply( // two matrices and a panel
      int count,
      int depth,
      long rows,
      long rowBytes,
      long panel,
      long start,
      long out,
      long outBytes) {
    int steps = numbers.steps(depth);
    numbers.multiply(
        ProductKernels.PANEL_VECTORS,
        count,
        steps,
        rows,
        rowBytes,
        Float.BYTES,
        panel,
        start,
        false,
        out,
        outBytes);
  }

  @Override
  public void multiply(
      int panels, int depth, long row, long panel, long start, long startBytes, long out) {
    numbers.row(panels, numbers.steps(depth), row, panel, start, startBytes, out);
  }
}
