package org.lm4j.task.lm;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.update.SparseGradient;
import org.lm4j.compute.update.TouchedRows;
import org.lm4j.parallel.Share;
import org.lm4j.text.token.TrainingWindows;

/** What the steps of one of several processes need besides those of a process that trains alone. */
final class SharedSteps {
  private final RandomKey.Rows rows;
  private final RowsOfWindows windows;
  private final CarriedState state;
  private final WholeState whole;
  private final @Nullable TouchedRows tokens; // rows of the embedding with gradients, or null
  private final @Nullable SparseGradient gradient;

  /**
   * Chooses the rows.
   *
   * @throws org.lm4j.InputException if there are fewer than processes
   */
  SharedSteps(LanguageModelNetwork model, TrainingWindows windows, Share share) {
    this.rows = share.rows(windows.rows());
    this.windows = new RowsOfWindows(windows, rows);
    this.state = model.newState(rows.count());
    this.whole = new WholeState(model.backend(), state, rows);
    LanguageModelConfig config = model.config();
    boolean sparse = !config.tied() && config.output().softmax() == OutputConfig.Softmax.FULL;
    this.tokens = sparse ? new TouchedRows(config.vocabulary()) : null;
    this.gradient =
        tokens == null
            ? null
            : model.parameters().sparse(Map.of(LanguageModelNetwork.ENCODER_WEIGHT, tokens));
  }

  RowsOfWindows windows() {
    return windows;
  }

  /** Returns the state of this process's rows. */
  CarriedState state() {
    return state;
  }

  /** Returns the state of all rows, as it was collected or restored last. */
  WholeState whole() {
    return whole;
  }

  /** Returns the key by which the rows of this process draw. */
  RandomKey key(RandomKey ofBatch) {
    return ofBatch.of(rows);
  }

  /**
   * Notes which rows of the embedding get gradients in some process, once a window is filled in.
   */
  void prepare() {
    if (tokens != null) {
      tokens.clear();
      windows.addInputs(tokens);
    }
  }

  /**
   * Returns the gradients, those of the embedding's other rows being zero in every process; null
   * where any row may have one, as with a tied output layer.
   */
  @Nullable SparseGradient gradient() {
    return gradient;
  }
}
