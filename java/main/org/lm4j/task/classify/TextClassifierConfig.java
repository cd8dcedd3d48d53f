package org.lm4j.task.classify;

import org.lm4j.compute.Cell;
import org.lm4j.io.Flat;
import org.lm4j.model.ModelKind;
import org.lm4j.model.WeightLimit;
import org.lm4j.nn.EncoderConfig;
import org.lm4j.nn.SequenceEncoder;
import org.lm4j.train.TrainingDefaults;

/**
 * The shape of a {@link TextClassifierNetwork}, as its {@code config.json} holds it.
 *
 * @param kind label of {@link ModelKind#CLASSIFIER}
 * @param words number V of words known, {@code <unk>} included
 * @param classes number C of classes
 * @param encoder what reads the words; its dropout is applied to what the recurrent layers read, to
 *     what they hand on, and to what is scored
 * @param pooling label of a {@link Pooling}
 * @param frozenWords whether the embeddings of words are not learned, but stay as they were given
 */
public record TextClassifierConfig(
    String kind,
    int words,
    int classes,
    @Flat EncoderConfig encoder,
    String pooling,
    boolean frozenWords) {
  /**
   * How it is trained where nothing else is asked for. Rates for mean losses over the texts of a
   * batch.
   */
  public static final TrainingDefaults TRAINING =
      TrainingDefaults.of("texts", 32, 10, new TrainingDefaults.Rates(1e-3, 0.02, 0.1, 0.5));

  private static final int MOST_WIDTH = 1 << 14;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is broken
   */
  public TextClassifierConfig {
    ModelKind.CLASSIFIER.require(kind);
    Pooling.of(pooling);
    if (words < 1 || classes < 2 || classes > MOST_WIDTH) {
      throw new IllegalArgumentException(
          "there must be words, and from 2 to " + MOST_WIDTH + " classes");
    }
    EncoderConfig.requireWidths(MOST_WIDTH, encoder.embedding(), encoder.hidden());
    WeightLimit.require(
        (double) words * encoder.embedding()
            + WeightLimit.of(encoder.spec())
            + classes * (2.0 * encoder.hidden() + 1));
  }

  /** The shape where nothing else is asked for; of no words but {@code <unk>}, and two classes. */
  public static TextClassifierConfig defaults() {
    EncoderConfig encoder = new EncoderConfig(Cell.LSTM.label(), 100, 100, 1, true, 0.5);
    return new TextClassifierConfig(
        ModelKind.CLASSIFIER.label(), 1, 2, encoder, Pooling.MEAN.label(), false);
  }

  /**
   * Returns a copy for another vocabulary and other classes.
   *
   * @throws IllegalArgumentException if a range is broken
   */
  TextClassifierConfig sized(int vocabulary, int labels) {
    return new TextClassifierConfig(kind, vocabulary, labels, encoder, pooling, frozenWords);
  }

  /** Returns the encoder of the words. */
  SequenceEncoder.Spec reader() {
    return encoder.spec();
  }

  /** Returns the pooling. */
  Pooling pooled() {
    return Pooling.of(pooling);
  }
}
