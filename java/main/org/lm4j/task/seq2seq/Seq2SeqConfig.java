package org.lm4j.task.seq2seq;

import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnSpec;
import org.lm4j.model.ModelKind;
import org.lm4j.model.WeightLimit;
import org.lm4j.nn.SequenceEncoder;
import org.lm4j.nn.attention.AttentionDecoder;
import org.lm4j.text.Level;
import org.lm4j.text.LineTokens;

/**
 * The shape of a {@link Seq2SeqNetwork}, as its {@code config.json} holds it.
 *
 * @param kind label of {@link ModelKind#TRANSLATOR}
 * @param cell label of the recurrent cell of both sides
 * @param sourceLevel label of the {@link Level} a source is cut at
 * @param targetLevel of a target
 * @param sourceVocabulary tokens of a source, the special ones included
 * @param targetVocabulary of a target
 * @param embedding width {@code D} of an embedded token of either side
 * @param hidden width {@code H} of each direction of the encoder, and of the decoder
 * @param layers {@code L} of the encoder; the decoder has one
 * @param bidirectional whether the encoder reads in both directions
 * @param attention width {@code A} in which attention compares; 0 for no attention
 * @param dropout probability of dropping a number of an embedded token, of what enters the second
 *     and further layers, or of the decoder's state before the output layer while training
 */
public record Seq2SeqConfig(
    String kind,
    String cell,
    String sourceLevel,
    String targetLevel,
    int sourceVocabulary,
    int targetVocabulary,
    int embedding,
    int hidden,
    int layers,
    boolean bidirectional,
    int attention,
    double dropout) { // as flat as the file
  private static final int MOST = 1 << 24;
  private static final int MOST_LAYERS = 64;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is broken
   * @throws org.lm4j.InputException if a level is none of lines
   */
  public Seq2SeqConfig {
    ModelKind.TRANSLATOR.require(kind);
    Cell.of(cell);
    LineTokens.require(Level.of(sourceLevel));
    LineTokens.require(Level.of(targetLevel));
    for (int extent : new int[] {sourceVocabulary, targetVocabulary, embedding, hidden}) {
      if (extent < 1 || extent > MOST) {
        throw new IllegalArgumentException("vocabularies and widths lie from 1 to " + MOST);
      }
    }
    if (layers < 1 || layers > MOST_LAYERS) {
      throw new IllegalArgumentException("layers lie from 1 to " + MOST_LAYERS);
    }
    if (attention < 0 || attention > MOST) {
      throw new IllegalArgumentException("attention lies from 0 to " + MOST);
    }
    double wide = hidden;
    double weights =
        (double) embedding * ((double) sourceVocabulary + targetVocabulary)
            + 8 * layers * wide * (embedding + 3 * wide)
            + 4 * wide * (embedding + 3 * wide)
            + wide * targetVocabulary
            + 3 * wide * attention;
    WeightLimit.require(weights, MOST * 64.0, "hidden, embedding, attention or layers");
    if (!(dropout >= 0 && dropout < 1)) {
      throw new IllegalArgumentException("dropout must lie in [0, 1), not " + dropout);
    }
  }

  /**
   * The same for other vocabularies.
   *
   * @throws IllegalArgumentException if a range is broken
   */
  Seq2SeqConfig sized(Seq2SeqTokens tokens) {
    return new Seq2SeqConfig(
        kind,
        cell,
        sourceLevel,
        targetLevel,
        tokens.source().vocabulary().size(),
        tokens.target().vocabulary().size(),
        embedding,
        hidden,
        layers,
        bidirectional,
        attention,
        dropout);
  }

  /** Returns whether it attends to the source at each token it writes. */
  public boolean attends() {
    return attention > 0;
  }

  /** Returns the encoder. */
  public SequenceEncoder.Spec encoder() {
    RnnSpec stack = new RnnSpec(Cell.of(cell), embedding, hidden, layers, dropout);
    return new SequenceEncoder.Spec(stack, bidirectional);
  }

  /** The decoder; its memory are the encoder's outputs. */
  public AttentionDecoder.Shape decoder() {
    return new AttentionDecoder.Shape(
        Cell.of(cell),
        targetVocabulary,
        embedding,
        hidden,
        attends() ? encoder().outputSize() : 0,
        attention,
        dropout);
  }
}
