package org.lm4j.task.caption;

import org.lm4j.compute.Cell;
import org.lm4j.model.ModelKind;
import org.lm4j.model.WeightLimit;
import org.lm4j.nn.attention.AttentionDecoder;

/**
 * The shape of a {@link CaptionerNetwork}, as its {@code config.json} holds it.
 *
 * @param kind label of {@link ModelKind#CAPTION}
 * @param cell label of the recurrent cell
 * @param vocabulary words {@code V}, the special ones included
 * @param embedding width {@code D} of an embedded word
 * @param hidden width {@code H} of the recurrent layer
 * @param cells {@code G} of the grid of an image; 0 where an image is one vector
 * @param features {@code F} of a cell, or of the vector
 * @param attention width {@code A} in which attention compares; 0 for no attention
 * @param dropout probability of dropping a number of an embedded word or of the hidden state while
 *     training, in [0, 1)
 * @param words the most of a caption
 */
public record CaptionConfig(
    String kind,
    String cell,
    int vocabulary,
    int embedding,
    int hidden,
    int cells,
    int features,
    int attention,
    double dropout,
    int words) { // as flat as the file
  private static final int MOST = 1 << 24;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is broken
   */
  public CaptionConfig {
    ModelKind.CAPTION.require(kind);
    Cell.of(cell);
    for (int extent : new int[] {vocabulary, embedding, hidden, features, words}) {
      if (extent < 1 || extent > MOST) {
        throw new IllegalArgumentException("extents and widths lie from 1 to " + MOST);
      }
    }
    if (cells < 0 || attention < 0 || cells > MOST || attention > MOST) {
      throw new IllegalArgumentException("cells and attention lie from 0 to " + MOST);
    }
    if (attention > 0 && cells == 0) {
      throw new IllegalArgumentException("attention needs a grid of features, not one vector");
    }
    double perImage = (double) Math.max(1, cells) * features;
    double weights =
        (double) vocabulary * (embedding + (double) hidden)
            + 4.0 * hidden * (embedding + (double) hidden + features)
            + hidden * perImage
            + (double) attention * (features + (double) hidden);
    if (perImage > MOST) {
      throw new IllegalArgumentException(
          "an image has %,.0f features, more than %,d".formatted(perImage, MOST));
    }
    WeightLimit.require(weights, MOST * 64.0, "hidden, embedding or attention");
    if (!(dropout >= 0 && dropout < 1)) {
      throw new IllegalArgumentException("dropout must lie in [0, 1), not " + dropout);
    }
  }

  /**
   * The same for another vocabulary.
   *
   * @throws IllegalArgumentException if a range is broken
   */
  CaptionConfig sized(int size) {
    return new CaptionConfig(
        kind, cell, size, embedding, hidden, cells, features, attention, dropout, words);
  }

  /** Returns whether it attends to a grid. */
  public boolean attends() {
    return attention > 0;
  }

  /**
   * Width of what the first state is made from: the mean cell where there is attention, otherwise
   * all features of an image.
   */
  public int summary() {
    return attends() ? features : Math.max(1, cells) * features;
  }

  /** Returns the decoder. */
  public AttentionDecoder.Shape decoder() {
    return new AttentionDecoder.Shape(
        Cell.of(cell), vocabulary, embedding, hidden, attends() ? features : 0, attention, dropout);
  }
}
