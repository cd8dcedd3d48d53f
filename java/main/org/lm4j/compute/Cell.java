package org.lm4j.compute;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The recurrent cells, each with the name users write and its equations. The equations of {@link
 * CellEquations} run on every backend; {@code org.lm4j.backend.reference} has those of PyTorch's
 * cells written out with their gradients. Gate order and the two biases are PyTorch's, which are
 * also cuDNN's.
 */
public enum Cell {
  /** Elman cell, {@code h' = tanh(W x + b + U h + bU)}. */
  RNN_TANH("rnn", "RNN", CellEquations::elmanTanh),
  /** Elman cell with {@code max(0, ·)} in place of tanh. */
  RNN_RELU("rnn-relu", "RNN", CellEquations::elmanRelu),
  /** Long short-term memory, gates in the order i, f, g, o. */
  LSTM("lstm", "LSTM", CellEquations::lstm),
  /** Gated recurrent unit, gates in the order r, z, n, reset applied after the product. */
  GRU("gru", "GRU", CellEquations::gru),
  /** minGRU, gates in the order z, h; without recurrent weights. */
  MIN_GRU("mingru", null, CellEquations::minGru);

  private final String label;
  private final @Nullable String pytorch;

  @SuppressWarnings("ImmutableEnumChecker") // complete, after which it refuses changes
  private final StepGraph equations;

  /**
   * Creates a cell.
   *
   * @param label the name users write
   * @param pytorch the layer of {@code torch.nn} that computes the same; null if there is none
   * @param equations of one step, see {@link CellEquations}
   */
  Cell(String label, @Nullable String pytorch, Consumer<StepGraph> equations) {
    this.label = label;
    this.pytorch = pytorch;
    this.equations = StepGraph.of(equations);
  }

  /** Returns the equations of one step. */
  public StepGraph equations() {
    return equations;
  }

  /** Returns the number of blocks of {@code H} rows in each weight matrix. */
  public int gates() {
    return equations.gates().size();
  }

  /** Returns the names of these blocks in the equations, in their order. */
  public List<String> gateNames() {
    return equations.gates();
  }

  /**
   * Returns whether there are recurrent weights {@code U} and their bias; otherwise {@code W}
   * alone.
   */
  public boolean hasRecurrentWeights() {
    return equations.hasRecurrentWeights();
  }

  /** Returns whether the state has a second part, {@code c}. */
  public boolean hasCellState() {
    return equations.hasCellState();
  }

  /**
   * Returns the layer of {@code torch.nn} that computes the same, {@code LSTM} say; null for none.
   */
  public @Nullable String pytorchLayer() {
    return pytorch;
  }

  /** Returns the name users write, {@code lstm} say. */
  public String label() {
    return label;
  }

  /** Returns the names of all cells, as a list for people. */
  public static String labels() {
    return Arrays.stream(values()).map(Cell::label).collect(Collectors.joining(", "));
  }

  /**
   * Returns the cell users call {@code label}.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Cell of(String label) {
    for (Cell cell : values()) {
      if (cell.label.equals(label)) {
        return cell;
      }
    }
    throw new IllegalArgumentException("unknown cell '" + label + "'; there are " + labels());
  }
}
