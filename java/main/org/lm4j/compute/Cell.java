package org.lm4j.compute;

/**
 * The recurrent cells. Their equations stand in {@code org.lm4j.backend.reference}, one file per
 * cell; gate order and the two biases are PyTorch's, which are also cuDNN's.
 */
public enum Cell {
  /** Elman cell, {@code h' = tanh(W x + b + U h + bU)}. */
  RNN_TANH(1, false, "rnn"),
  /** Elman cell with {@code max(0, ·)} in place of tanh. */
  RNN_RELU(1, false, "rnn-relu"),
  /** Long short-term memory, gates in the order i, f, g, o. */
  LSTM(4, true, "lstm"),
  /** Gated recurrent unit, gates in the order r, z, n, reset applied after the product. */
  GRU(3, false, "gru");

  private final int gates;
  private final boolean cellState;
  private final String label;

  Cell(int gates, boolean cellState, String label) {
    this.gates = gates;
    this.cellState = cellState;
    this.label = label;
  }

  /** Blocks of {@code H} rows in each weight matrix. */
  public int gates() {
    return gates;
  }

  /** Whether the state has a second part, {@code c}. */
  public boolean hasCellState() {
    return cellState;
  }

  /** The name users write: {@code rnn}, {@code rnn-relu}, {@code lstm}, {@code gru}. */
  public String label() {
    return label;
  }

  /**
   * The cell users call {@code label}.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Cell of(String label) {
    for (Cell cell : values()) {
      if (cell.label.equals(label)) {
        return cell;
      }
    }
    throw new IllegalArgumentException(
        "unknown cell '" + label + "'; there are rnn, rnn-relu, lstm, gru");
  }
}
