package org.lm4j.bench;

import java.util.List;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.update.UpdateRule;
import org.lm4j.optim.Clipping;
import org.lm4j.task.lm.LanguageModelConfig;

/**
 * A model as people train it. The ten are those of {@code scripts/benchmark/configurations.py}.
 *
 * @param name what {@code -p configuration=} takes
 * @param cell the recurrent cell
 * @param vocabulary {@code V}
 * @param embedding {@code D}
 * @param hidden {@code H}
 * @param layers {@code L}
 * @param batch {@code B}
 * @param window {@code T}
 * @param adam whether Adam moves the weights, else plain SGD
 * @param clip limit of the norm of all gradients; 0 for none
 */
record Configuration(
    String name,
    Cell cell,
    int vocabulary,
    int embedding,
    int hidden,
    int layers,
    int batch,
    int window,
    boolean adam,
    double clip) { // a model and its recipe, written in one line each

  private static final List<Configuration> ALL =
      List.of(
          new Configuration("char-rnn", Cell.LSTM, 65, 65, 128, 2, 50, 50, true, 5),
          new Configuration("char-512", Cell.LSTM, 65, 512, 512, 2, 64, 64, true, 5),
          new Configuration("char-512x3", Cell.LSTM, 100, 512, 512, 3, 50, 50, true, 5),
          new Configuration("gru-char", Cell.GRU, 65, 128, 256, 2, 32, 64, true, 5),
          new Configuration("simple-rnnlm", Cell.RNN_TANH, 418, 100, 100, 1, 10, 5, false, 0),
          new Configuration("rnnlm-ptb", Cell.LSTM, 10000, 100, 100, 1, 20, 35, false, 0.25),
          new Configuration("ptb-small", Cell.LSTM, 10000, 200, 200, 2, 20, 20, false, 0.25),
          new Configuration("ptb-medium", Cell.LSTM, 10000, 650, 650, 2, 20, 35, false, 0.25),
          new Configuration("homework", Cell.LSTM, 10000, 200, 200, 1, 16, 35, false, 0.25),
          new Configuration("wikitext-2", Cell.LSTM, 33278, 200, 200, 2, 20, 35, false, 0.25));

  /**
   * The configuration of that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  static Configuration of(String name) {
    return ALL.stream()
        .filter(configuration -> configuration.name.equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no configuration '%s'; there are %s"
                        .formatted(
                            name,
                            String.join(", ", ALL.stream().map(Configuration::name).toList()))));
  }

  /** The model, without dropout. */
  LanguageModelConfig model() {
    return new LanguageModelConfig(cell, vocabulary, embedding, hidden, layers, 0, false);
  }

  /** Its recurrent stack. */
  RnnSpec rnn() {
    return model().rnn();
  }

  /** The optimizer's rule, with PyTorch's defaults. */
  UpdateRule rule() {
    return adam ? new UpdateRule.Adam(0.9, 0.999, 1e-8, 0, false) : new UpdateRule.Sgd(0, false, 0);
  }

  /** By norm, or not at all. */
  Clipping clipping() {
    return clip == 0 ? Clipping.NONE : new Clipping(clip, Double.POSITIVE_INFINITY);
  }

  /** Targets of a window: {@code T·B}. */
  int tokens() {
    return window * batch;
  }

  /** Numbers in the recurrent weight matrices: {@code Σ G·H·(inputs + H)}. */
  double recurrentWeights() {
    RnnSpec spec = rnn();
    double weights = 0;
    for (int layer = 0; layer < layers; layer++) {
      weights += (double) spec.gateRows() * (spec.inputSize(layer) + hidden);
    }
    return weights;
  }

  /** Numbers in the output layer's matrix, {@code V·H}. */
  double outputWeights() {
    return (double) vocabulary * hidden;
  }

  /** All weights, biases left out. */
  double weights() {
    return recurrentWeights() + outputWeights() + (double) vocabulary * embedding;
  }
}
