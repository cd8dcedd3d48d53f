package org.lm4j.nn;

import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnSpec;

/**
 * The shape of an encoder: an embedding and recurrent layers above it, in one direction or both.
 *
 * @param cell label of a {@link Cell}
 * @param embedding width {@code D} of the embedding of a token
 * @param hidden width {@code H} of each recurrent layer, in each direction
 * @param layers number {@code L} of recurrent layers
 * @param bidirectional whether they read in both directions
 * @param dropout probability of dropping an element between the layers and wherever else the model
 *     applies dropout, in [0, 1)
 */
public record EncoderConfig(
    String cell, int embedding, int hidden, int layers, boolean bidirectional, double dropout) {
  private static final int MOST_WIDTH = 1 << 24;
  private static final int MOST_LAYERS = 64;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is broken
   */
  public EncoderConfig {
    Cell.of(cell);
    requireWidths(MOST_WIDTH, embedding, hidden);
    if (layers < 1 || layers > MOST_LAYERS) {
      throw new IllegalArgumentException("layers must lie in [1, " + MOST_LAYERS + "]");
    }
    requireDropout(dropout);
  }

  /**
   * Checks widths.
   *
   * @param most the largest there may be
   * @throws IllegalArgumentException if one is below 1 or above {@code most}
   */
  public static void requireWidths(int most, int... widths) {
    for (int width : widths) {
      if (width < 1 || width > most) {
        throw new IllegalArgumentException("widths must lie in [1, " + most + "]");
      }
    }
  }

  /**
   * Checks a probability of dropout.
   *
   * @throws IllegalArgumentException if it is not in [0, 1)
   */
  public static void requireDropout(double dropout) {
    if (!(dropout >= 0 && dropout < 1)) {
      throw new IllegalArgumentException("dropout must lie in [0, 1), not " + dropout);
    }
  }

  /** Returns the layers above the embedding. */
  public SequenceEncoder.Spec spec() {
    return spec(embedding);
  }

  /**
   * Returns the layers with another input width, for input beyond the embedding.
   *
   * @param inputs the input width of the first layer
   */
  public SequenceEncoder.Spec spec(int inputs) {
    RnnSpec stack = new RnnSpec(Cell.of(cell), inputs, hidden, layers, dropout);
    return new SequenceEncoder.Spec(stack, bidirectional);
  }

  /** Returns a copy with an embedding of another width. */
  public EncoderConfig withEmbedding(int width) {
    return new EncoderConfig(cell, width, hidden, layers, bidirectional, dropout);
  }
}
