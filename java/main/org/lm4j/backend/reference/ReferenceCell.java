package org.lm4j.backend.reference;

import org.lm4j.compute.Cell;

/**
 * The equations of one cell and their gradients, for one step of one sequence. The products with
 * the weights are done outside, since all cells have them alike.
 */
interface ReferenceCell {
  /** Blocks of {@code H} values in {@link CellStep#saved}. */
  int savedBlocks();

  /**
   * From {@code input}, {@code recurrent}, {@code h} and {@code c} to {@code hNext}, {@code cNext}
   * and {@code saved}.
   */
  void forward(CellStep s);

  /**
   * From {@code dh} and {@code dc} at the end of the step to {@code dInput}, {@code dRecurrent},
   * and {@code dh} and {@code dc} at its beginning. All states and {@code saved} are as the forward
   * step left them; {@code input} and {@code recurrent} are not.
   */
  void backward(CellStep s);

  /** The equations of {@code cell}. */
  static ReferenceCell of(Cell cell) {
    return switch (cell) {
      case RNN_TANH -> new ElmanCell(false);
      case RNN_RELU -> new ElmanCell(true);
      case LSTM -> new LstmCell();
      case GRU -> new GruCell();
    };
  }
}
