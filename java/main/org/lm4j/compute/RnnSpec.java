package org.lm4j.compute;

/**
 * A stack of recurrent layers, all of one cell and width.
 *
 * @param cell the kind of cell
 * @param inputSize width {@code D} of the input of the first layer
 * @param hiddenSize width {@code H} of every layer
 * @param layers number {@code L} of layers
 * @param dropout probability of dropping an element between two layers while training, in [0, 1)
 */
public record RnnSpec(Cell cell, int inputSize, int hiddenSize, int layers, double dropout) {
  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is broken
   */
  public RnnSpec {
    if (inputSize < 1 || hiddenSize < 1 || layers < 1) {
      throw new IllegalArgumentException(
          "input size, hidden size and layers must be at least 1, not "
              + inputSize
              + ", "
              + hiddenSize
              + ", "
              + layers);
    }
    if (!(dropout >= 0 && dropout < 1)) {
      throw new IllegalArgumentException("dropout must lie in [0, 1), not " + dropout);
    }
  }

  /** Returns the number of rows of the input weights: {@code G·H}. */
  public int gateRows() {
    return cell.gates() * hiddenSize;
  }

  /**
   * Returns the number of rows of the recurrent weights: {@code G·H}, or 0 where the cell has none.
   */
  public int recurrentRows() {
    return cell.hasRecurrentWeights() ? gateRows() : 0;
  }

  /**
   * Returns the width of what enters {@code layer}: {@code D} for the first, {@code H} for the
   * rest.
   */
  public int inputSize(int layer) {
    return layer == 0 ? inputSize : hiddenSize;
  }
}
