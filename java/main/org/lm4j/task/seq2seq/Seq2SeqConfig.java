package org.lm4j.task.seq2seq;

import org.lm4j.compute.Cell;
import org.lm4j.io.Flat;
import org.lm4j.model.ModelKind;
import org.lm4j.model.WeightLimit;
import org.lm4j.nn.EncoderConfig;
import org.lm4j.nn.attention.AttentionDecoder;
import org.lm4j.text.Level;
import org.lm4j.text.LineTokens;
import org.lm4j.train.TrainingDefaults;

/**
 * The shape of a {@link Seq2SeqNetwork}, as its {@code config.json} holds it.
 *
 * @param kind label of {@link ModelKind#TRANSLATOR}
 * @param sides what sources and targets are cut into, and how many tokens each has
 * @param encoder what reads a source. Cell, embedding and hidden width are the decoder's too, which
 *     has one layer; dropout is applied to embedded tokens, to what enters the second and further
 *     layers, and to the decoder's state before the output layer
 * @param attention width {@code A} in which attention compares; 0 for no attention
 */
public record Seq2SeqConfig(
    String kind, @Flat Sides sides, @Flat EncoderConfig encoder, int attention) {
  /** The training defaults, with learning rates for mean losses per token. */
  public static final TrainingDefaults TRAINING =
      TrainingDefaults.of("pairs", 64, 10, new TrainingDefaults.Rates(2e-3, 0.02, 0.1, 1));

  private static final int MOST = 1 << 24;

  /**
   * Both sides of a pair.
   *
   * @param sourceLevel label of the {@link Level} a source is cut at
   * @param targetLevel of a target
   * @param sourceVocabulary tokens of a source, the special ones included
   * @param targetVocabulary of a target
   */
  public record Sides(
      String sourceLevel, String targetLevel, int sourceVocabulary, int targetVocabulary) {
    /**
     * Checks the levels.
     *
     * @throws IllegalArgumentException if a vocabulary has no tokens, or too many
     * @throws org.lm4j.InputException if a level is none of lines
     */
    public Sides {
      LineTokens.require(Level.of(sourceLevel));
      LineTokens.require(Level.of(targetLevel));
      if (Math.min(sourceVocabulary, targetVocabulary) < 1
          || Math.max(sourceVocabulary, targetVocabulary) > MOST) {
        throw new IllegalArgumentException("vocabularies lie from 1 to " + MOST);
      }
    }
  }

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is broken
   */
  public Seq2SeqConfig {
    ModelKind.TRANSLATOR.require(kind);
    if (attention < 0 || attention > MOST) {
      throw new IllegalArgumentException("attention lies from 0 to " + MOST);
    }
    double wide = encoder.hidden();
    double embedding = encoder.embedding();
    double weights =
        embedding * ((double) sides.sourceVocabulary + sides.targetVocabulary)
            + 8 * encoder.layers() * wide * (embedding + 3 * wide)
            + 4 * wide * (embedding + 3 * wide)
            + wide * sides.targetVocabulary
            + 3 * wide * attention;
    WeightLimit.require(weights, MOST * 64.0, "hidden, embedding, attention or layers");
  }

  /** Returns the default shape for characters, with vocabularies still to be set. */
  public static Seq2SeqConfig defaults() {
    String level = Level.CHAR.label();
    EncoderConfig encoder = new EncoderConfig(Cell.LSTM.label(), 64, 128, 1, true, 0);
    return new Seq2SeqConfig(
        ModelKind.TRANSLATOR.label(), new Sides(level, level, 1, 1), encoder, encoder.hidden());
  }

  /**
   * Returns a copy for other vocabularies.
   *
   * @throws IllegalArgumentException if a range is broken
   */
  Seq2SeqConfig sized(Seq2SeqTokens tokens) {
    Sides known =
        new Sides(
            sides.sourceLevel,
            sides.targetLevel,
            tokens.source().vocabulary().size(),
            tokens.target().vocabulary().size());
    return new Seq2SeqConfig(kind, known, encoder, attention);
  }

  /** Returns whether the decoder attends to the source at each token. */
  public boolean attends() {
    return attention > 0;
  }

  /** Returns the shape of the decoder, whose memory is the encoder's outputs. */
  public AttentionDecoder.Shape decoder() {
    return new AttentionDecoder.Shape(
        Cell.of(encoder.cell()),
        sides.targetVocabulary,
        encoder.embedding(),
        encoder.hidden(),
        attends() ? encoder.spec().outputSize() : 0,
        attention,
        encoder.dropout());
  }
}
