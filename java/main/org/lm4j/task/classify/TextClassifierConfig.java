package org.lm4j.task.classify;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;
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
 * @param pairs true if what is classified is two texts at a time; null, as in folders written
 *     before there were pairs, if it is one
 */
public record TextClassifierConfig(
    String kind,
    int words,
    int classes,
    @Flat EncoderConfig encoder,
    String pooling,
    boolean frozenWords,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean pairs) {
  /** The training defaults, with rates for mean losses over the texts of a batch. */
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
    int features = Boolean.TRUE.equals(pairs) ? TextClassifierBatch.FEATURES : 1;
    WeightLimit.require(
        (double) words * encoder.embedding()
            + WeightLimit.of(encoder.spec())
            + classes * (2.0 * features * encoder.hidden() + 1));
  }

  /** Returns the default shape, with no words but {@code <unk>}, and two classes. */
  public static TextClassifierConfig defaults() {
    EncoderConfig encoder = new EncoderConfig(Cell.LSTM.label(), 100, 100, 1, true, 0.5);
    return new TextClassifierConfig(
        ModelKind.CLASSIFIER.label(), 1, 2, encoder, Pooling.MEAN.label(), false, null);
  }

  /** Returns a copy for pairs of texts, or for single texts. */
  public TextClassifierConfig ofPairs(boolean wanted) {
    return new TextClassifierConfig(
        kind, words, classes, encoder, pooling, frozenWords, wanted ? true : null);
  }

  /** Returns whether pairs of texts are classified. */
  public boolean readsPairs() {
    return Boolean.TRUE.equals(pairs);
  }

  /**
   * Returns the width of the input to the class scores: the pooled representation of one text, or
   * the features {@code [u; v; |u - v|; u ⊙ v]} of a pair.
   */
  int scoredWidth() {
    return (readsPairs() ? TextClassifierBatch.FEATURES : 1) * reader().outputSize();
  }

  /**
   * Returns a copy for another vocabulary and other classes.
   *
   * @throws IllegalArgumentException if a range is broken
   */
  TextClassifierConfig sized(int vocabulary, int labels) {
    return new TextClassifierConfig(kind, vocabulary, labels, encoder, pooling, frozenWords, pairs);
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
