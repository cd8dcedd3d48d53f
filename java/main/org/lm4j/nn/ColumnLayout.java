package org.lm4j.nn;

import org.lm4j.compute.Cell;

/**
 * Converts between the array layout of Stanford's course CS231n and that of this library. All
 * arrays are row-major.
 *
 * <table>
 * <caption>The two layouts</caption>
 * <tr><th></th><th>CS231n</th><th>here, as in PyTorch and cuDNN</th></tr>
 * <tr><td>product</td><td>{@code x · W}, W (D, G·H)</td><td>{@code x · Wᵀ}, W (G·H, D)</td></tr>
 * <tr><td>gates of an LSTM</td><td>i, f, o, g</td><td>i, f, g, o</td></tr>
 * <tr><td>biases of a cell</td><td>one</td><td>two, which are added</td></tr>
 * <tr><td>sequences</td><td>{@code (B, T, ·)}</td><td>{@code (T, B, ·)}</td></tr>
 * </table>
 *
 * <p>The course has no GRU; that and affine layers are transposed and nothing else.
 */
public final class ColumnLayout {
  private static final int[] LSTM_ORDER = {0, 1, 3, 2}; // i, f, g, o within i, f, o, g and back

  private ColumnLayout() {}

  /**
   * Returns a matrix of a cell from columns to rows.
   *
   * @param columns {@code (width, G·H)}, CS231n's Wx or Wh
   * @param width {@code D} or {@code H}
   * @return {@code (G·H, width)}: weight_ih or weight_hh, or its gradient
   */
  public static double[] toRows(Cell cell, double[] columns, int width) {
    int units = columns.length / width;
    double[] rows = new double[columns.length];
    for (int row = 0; row < units; row++) {
      int column = permuted(cell, row, units);
      for (int k = 0; k < width; k++) {
        rows[row * width + k] = columns[k * units + column];
      }
    }
    return rows;
  }

  /** Returns the way back of {@link #toRows}. */
  public static double[] toColumns(Cell cell, double[] rows, int width) {
    int units = rows.length / width;
    double[] columns = new double[rows.length];
    for (int row = 0; row < units; row++) {
      int column = permuted(cell, row, units);
      for (int k = 0; k < width; k++) {
        columns[k * units + column] = rows[row * width + k];
      }
    }
    return columns;
  }

  /**
   * Returns a bias, or its gradient, either way. CS231n's bias becomes bias_ih, and bias_hh is
   * zero. Back, its bias is the sum of the two, and its gradient is that of either, for they are
   * the same.
   *
   * @param bias {@code (G·H)}
   */
  public static double[] bias(Cell cell, double[] bias) {
    return toRows(cell, bias, 1);
  }

  /**
   * Returns the matrix of an affine layer, either way.
   *
   * @param matrix {@code (rows, columns)}
   * @return {@code (columns, rows)}
   */
  public static double[] transposed(double[] matrix, int rows) {
    int columns = matrix.length / rows;
    double[] result = new double[matrix.length];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        result[j * rows + i] = matrix[i * columns + j];
      }
    }
    return result;
  }

  /**
   * Returns sequences with their outer two extents exchanged: batch-major to time-major and back.
   *
   * @param sequences {@code (outer, inner, width)}
   * @return {@code (inner, outer, width)}
   */
  public static double[] exchanged(double[] sequences, int outer, int inner) {
    int width = sequences.length / (outer * inner);
    double[] result = new double[sequences.length];
    for (int i = 0; i < outer; i++) {
      for (int j = 0; j < inner; j++) {
        System.arraycopy(
            sequences, (i * inner + j) * width, result, (j * outer + i) * width, width);
      }
    }
    return result;
  }

  private static int permuted(Cell cell, int unit, int units) {
    if (cell != Cell.LSTM) {
      return unit;
    }
    int hidden = units / cell.gates();
    return LSTM_ORDER[unit / hidden] * hidden + unit % hidden;
  }
}
