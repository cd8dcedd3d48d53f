package org.lm4j.task.lm;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.update.SparseGradient;
import org.lm4j.compute.update.TouchedRows;
import org.lm4j.nn.softmax.CandidateSampler;
import org.lm4j.parallel.Share;
import org.lm4j.text.token.TrainingWindows;

/** What the steps of one of several processes need besides those of a process that trains alone. */
final class SharedSteps {
  private final RandomKey.Rows rows;
  private final RowsOfWindows windows;
  private final CarriedState state;
  private final WholeState whole;
  private final @Nullable CandidateSampler sampler; // null but for sampled softmax
  private final TouchedRows inputs; // rows of the embedding with gradients in some process
  private final TouchedRows outputs; // those of a sampled output layer; the same if it is tied
  private final @Nullable SparseGradient gradient;
  private final boolean updatesRows;

  /**
   * Chooses the rows.
   *
   * @param sampler draws the words of sampled softmax; null without
   * @throws org.lm4j.InputException if there are fewer than processes
   */
  SharedSteps(
      LanguageModelNetwork model,
      TrainingWindows windows,
      Share share,
      @Nullable CandidateSampler sampler) {
    this.rows = share.rows(windows.rows());
    this.windows = new RowsOfWindows(windows, rows);
    this.state = model.newState(rows.count());
    this.whole = new WholeState(model.backend(), state, rows);
    LanguageModelConfig config = model.config();
    this.sampler = sampler;
    this.inputs = new TouchedRows(config.vocabulary());
    boolean ownOutput = sampler != null && !config.tied();
    this.outputs = ownOutput ? new TouchedRows(config.vocabulary()) : inputs;
    this.gradient =
        config.tied() && sampler == null ? null : model.parameters().sparse(tables(config));
    this.updatesRows = config.output().softmax() == OutputConfig.Softmax.FULL;
  }

  private Map<String, TouchedRows> tables(LanguageModelConfig config) {
    Map<String, TouchedRows> tables = new LinkedHashMap<>();
    tables.put(LanguageModelNetwork.ENCODER_WEIGHT, inputs);
    if (sampler != null) {
      tables.put(LanguageModelNetwork.DECODER_BIAS, outputs);
      if (!config.tied()) {
        tables.put(LanguageModelNetwork.DECODER_WEIGHT, outputs);
      }
    }
    return tables;
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
   * Notes which rows of tables get gradients in some process, once a window is filled in: every
   * process knows the tokens of the whole window, and draws the same words.
   */
  void prepare(RandomKey ofBatch) {
    if (gradient == null) {
      return;
    }
    inputs.clear();
    windows.addInputs(inputs);
    if (sampler != null) {
      if (outputs != inputs) {
        outputs.clear();
      }
      int[] drawn = sampler.draw(ofBatch, LanguageModelNetwork.SITE_SAMPLES);
      outputs.add(drawn, drawn.length);
      windows.addTargets(outputs);
    }
  }

  /**
   * Returns the gradients, those of other rows of the tables being zero in every process; null
   * where any row may have one, as with a tied output layer and full softmax.
   */
  @Nullable SparseGradient gradient() {
    return gradient;
  }

  /** Returns the gradients for an update of the touched rows alone; null for one of all rows. */
  @Nullable SparseGradient updated() {
    return updatesRows ? gradient : null;
  }
}
