package org.lm4j.task.classify;

import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnSpec;
import org.lm4j.model.ModelKind;
import org.lm4j.model.WeightLimit;
import org.lm4j.nn.SequenceEncoder;

/**
 * The shape of a {@link TextClassifierNetwork}, as its {@code config.json} holds it.
 *
 * @param kind label of {@link ModelKind#CLASSIFIER}
 * @param cell label of a {@link Cell}
 * @param words number V of words known, {@code <unk>} included
 * @param classes number C of classes
 * @param embedding width D of a word's embedding
 * @param hidden width H of each recurrent layer, in each direction
 * @param layers number L of recurrent layers
 * @param bidirectional whether they read in both directions
 * @param pooling label of a {@link Pooling}
 * @param dropout probability of dropping an element of what the recurrent layers read, of what they
 *     hand on, and of what is scored, in [0, 1)
 * @param frozenWords whether the embeddings of words are not learned, but stay as they were given
 */
public record TextClassifierConfig(
    String kind,
    String cell,
    int words,
    int classes,
    int embedding,
    int hidden,
    int layers,
    boolean bidirectional,
    String pooling,
    double dropout,
    boolean frozenWords) { // as flat as the file
  private static final int MOST_WIDTH = 1 << 14;
  private static final int MOST_LAYERS = 64;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is broken
   */
  public TextClassifierConfig {
    ModelKind.CLASSIFIER.require(kind);
    Cell.of(cell);
    Pooling.of(pooling);
    if (words < 1 || classes < 2 || classes > MOST_WIDTH) {
      throw new IllegalArgumentException(
          "there must be words, and from 2 to " + MOST_WIDTH + " classes");
    }
    if (embedding < 1 || embedding > MOST_WIDTH || hidden < 1 || hidden > MOST_WIDTH) {
      throw new IllegalArgumentException("widths must lie in [1, " + MOST_WIDTH + "]");
    }
    if (layers < 1 || layers > MOST_LAYERS) {
      throw new IllegalArgumentException("layers must lie in [1, " + MOST_LAYERS + "]");
    }
    if (!(dropout >= 0 && dropout < 1)) {
      throw new IllegalArgumentException("dropout must lie in [0, 1), not " + dropout);
    }
    RnnSpec stack = new RnnSpec(Cell.of(cell), embedding, hidden, layers, dropout);
    WeightLimit.require(
        (double) words * embedding
            + WeightLimit.of(new SequenceEncoder.Spec(stack, bidirectional))
            + classes * (2.0 * hidden + 1));
  }

  /**
   * The same for another vocabulary and other classes.
   *
   * @throws IllegalArgumentException if a range is broken
   */
  TextClassifierConfig sized(int vocabulary, int labels) {
    return new TextClassifierConfig(
        kind,
        cell,
        vocabulary,
        labels,
        embedding,
        hidden,
        layers,
        bidirectional,
        pooling,
        dropout,
        frozenWords);
  }

  /** What reads the words. */
  SequenceEncoder.Spec reader() {
    RnnSpec stack = new RnnSpec(Cell.of(cell), embedding, hidden, layers, dropout);
    return new SequenceEncoder.Spec(stack, bidirectional);
  }

  /** What stands for the whole sequence. */
  Pooling pooled() {
    return Pooling.of(pooling);
  }
}
