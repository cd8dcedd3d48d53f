package org.lm4j.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;
import org.lm4j.backend.cpu.rnn.RnnPacking;
import org.lm4j.tensor.Memory;

/**
 * Packs rows of weights into panels by way of arrays: slower than {@link RnnPacking} once that is
 * compiled but much faster before, so that generation shows its first token soon.
 */
final class HeapPanels {
  /** Writes a row of weights into a column of a panel. */
  @FunctionalInterface
  interface Column {
    /**
     * Writes the column.
     *
     * @param panel rows of words, zero in this column
     */
    void write(float[] row, int column, int[] panel);
  }

  private final int depth;
  private final int width;
  private final float[] row;
  private final int[] panel; // (words, width)

  /**
   * Creates a packer for rows of {@code depth} floats, {@code width} of them in a panel.
   *
   * @param words of a column of a panel
   * @param width columns of a panel
   */
  HeapPanels(int depth, int words, int width) {
    this.depth = depth;
    this.width = width;
    this.row = new float[depth];
    this.panel = new int[Math.multiplyExact(words, width)];
  }

  /**
   * Packs the transpose of a matrix.
   *
   * @param weight its address; rows of {@code depth}, one after the other
   * @param columns of the panels, whole panels
   * @param rowOf the row that becomes a column, or -1 for one of zeros
   * @param target address of the panels
   */
  void pack(long weight, int columns, IntUnaryOperator rowOf, Column writer, long target) {
    long at = target;
    for (int from = 0; from < columns; from += width) {
      Arrays.fill(panel, 0);
      for (int column = 0; column < width; column++) {
        int source = rowOf.applyAsInt(from + column);
        if (source >= 0) {
          readRow(weight, source);
          writer.write(row, column, panel);
        }
      }
      MemorySegment.copy(panel, 0, Memory.ALL, JAVA_INT, at, panel.length);
      at += (long) panel.length * Integer.BYTES;
    }
  }

  private void readRow(long weight, int index) {
    long at = weight + (long) index * depth * Float.BYTES;
    MemorySegment.copy(Memory.ALL, JAVA_FLOAT, at, row, 0, depth);
  }
}
