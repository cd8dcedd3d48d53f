package org.lm4j.model;

import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnSpec;

/**
 * The shape of a recurrent language model.
 *
 * @param cell the recurrent cell
 * @param vocabulary number of tokens {@code V}
 * @param embedding width {@code D} of the embedding
 * @param hidden width {@code H} of every recurrent layer
 * @param layers number {@code L} of recurrent layers
 * @param dropout probability of dropping while training: of the embedding, between the layers, and
 *     of the last layer's output
 * @param tied whether the output layer uses the embedding's table (Press and Wolf, "Using the
 *     Output Embedding to Improve Language Models", 2017)
 */
public record ModelConfig(
    Cell cell,
    int vocabulary,
    int embedding,
    int hidden,
    int layers,
    double dropout,
    boolean tied) {
  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is broken
   */
  public ModelConfig {
    if (vocabulary < 1 || embedding < 1 || hidden < 1 || layers < 1) {
      throw new IllegalArgumentException(
          "vocabulary, embedding, hidden and layers must be at least 1, not %d, %d, %d, %d"
              .formatted(vocabulary, embedding, hidden, layers));
    }
    if (!(dropout >= 0 && dropout < 1)) {
      throw new IllegalArgumentException("dropout must lie in [0, 1), not " + dropout);
    }
    if (tied && embedding != hidden) {
      throw new IllegalArgumentException(
          "tied weights need embedding = hidden, but they are %d and %d"
              .formatted(embedding, hidden));
    }
  }

  /** The recurrent stack inside. */
  public RnnSpec rnn() {
    return new RnnSpec(cell, embedding, hidden, layers, dropout);
  }
}
