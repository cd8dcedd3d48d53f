package org.lm4j.backend.cpu;

import java.util.function.IntUnaryOperator;
import org.lm4j.backend.cpu.kernel.GateShape;
import org.lm4j.backend.cpu.kernel.ProductKernels;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.backend.cpu.panel.Panels;

/**
 * The numbers in which a decoder multiplies: one row by weights that are packed once, in panels of
 * {@link #width} columns. A result's bits depend on its column and the row alone, neither on the
 * number of threads nor on whether machine code computes it. Stateless: threads share an instance.
 */
interface RowPanels {
  /** Returns the columns of a panel. */
  static int width() {
    return ProductKernels.PANEL_VECTORS * Kernels.GATES.lanes();
  }

  /** Returns these numbers as {@link Panels} multiplies them, in float32 or bfloat16. */
  static RowPanels of(Panels numbers) {
    return new FactorPanels(numbers);
  }

  /** Returns a phrase for a line that describes the backend. */
  String description();

  /** Returns whether weights are smaller than in float32. */
  boolean compact();

  /** Returns whether weights in {@link ByteBounds} are smaller than in these numbers. */
  default boolean bounded() {
    return compact();
  }

  /** Returns the bytes of one panel, a multiple of {@link GateShape#panelWidth} floats. */
  long panelBytes(int depth);

  /**
   * Packs rows of {@code depth} floats, one after the other, as columns.
   *
   * @param columns whole panels
   * @param rowOf the row that becomes a column, or -1 for one of zeros
   */
  void pack(long weight, int depth, int columns, IntUnaryOperator rowOf, long target);

  /**
   * Makes a packed panel smaller where that is possible, without changing a bit of its products. No
   * other thread may read it meanwhile.
   *
   * @return whether it has become smaller
   */
  default boolean squeeze(int depth, long panel) {
    return false;
  }

  /** Returns the bytes of a buffer for the row, in these numbers. */
  long rowBytes(int depth);

  /**
   * Converts the row, unless it is read as it lies.
   *
   * @param x {@code depth} floats
   * @param buffer memory for {@link #rowBytes}
   * @return the address of the converted row
   */
  long row(int depth, long x, long buffer);

  /**
   * Computes {@code out = start + row · panels} for panels that lie one after the other.
   *
   * @param panels at least 1
   * @param row as {@link #row} returned it
   * @param panel the first one
   * @param start a row of floats as wide as a panel for the first one
   * @param startBytes from the row for one panel to that for the next; 0 if it is the same
   */
  void multiply( // a vector, panels, and two more vectors
      int panels, int depth, long row, long panel, long start, long startBytes, long out);

  /** Returns the distance between rows that {@link #rows} returned. */
  default long convertedBytes(int depth) {
    return compact() ? rowBytes(depth) : (long) depth * Float.BYTES;
  }

  /**
   * Converts rows, unless they are read as they lie.
   *
   * @param x rows of {@code depth} floats
   * @param xBytes from one row to the next
   * @param buffer memory for {@code count} times {@link #convertedBytes}
   * @return the address of the first converted row
   */
  default long rows(int count, int depth, long x, long xBytes, long buffer) {
    if (!compact()) {
      return x;
    }
    for (int i = 0; i < count; i++) {
      row(depth, x + i * xBytes, buffer + i * rowBytes(depth));
    }
    return buffer;
  }

  /**
   * Computes {@code out = start + row · panel} for several rows, each with the bits that it has
   * alone.
   *
   * @param rowBytes from one row to the next
   * @param outBytes from one row of the result to the next
   */
  default void multiply( // two matrices and a panel
      int count,
      int depth,
      long rows,
      long rowBytes,
      long panel,
      long start,
      long out,
      long outBytes) {
    for (int i = 0; i < count; i++) {
      multiply(1, depth, rows + i * rowBytes, panel, start, 0, out + i * outBytes);
    }
  }
}
