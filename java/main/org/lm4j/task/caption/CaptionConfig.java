package org.lm4j.task.caption;

import org.lm4j.compute.Cell;
import org.lm4j.data.Features;
import org.lm4j.io.Flat;
import org.lm4j.model.ModelKind;
import org.lm4j.model.WeightLimit;
import org.lm4j.nn.EncoderConfig;
import org.lm4j.nn.attention.AttentionDecoder;
import org.lm4j.train.TrainingDefaults;

/**
 * The shape of a {@link CaptionerNetwork}, as its {@code config.json} holds it.
 *
 * @param kind label of {@link ModelKind#CAPTION}
 * @param vocabulary words {@code V}, the special ones included
 * @param image the features of an image
 * @param generator what generates words
 * @param words the most of a caption
 */
public record CaptionConfig(
    String kind, int vocabulary, @Flat Image image, @Flat WordGenerator generator, int words) {
  /** The training defaults, with learning rates for mean losses per word. */
  public static final TrainingDefaults TRAINING =
      TrainingDefaults.of("captions", 64, 10, new TrainingDefaults.Rates(2e-3, 0.01, 0.05, 0.5));

  /** The default width of attention. */
  public static final int ATTENTION = 128;

  private static final int MOST = 1 << 24;

  /**
   * The features of an image.
   *
   * @param cells {@code G} of the grid; 0 where an image is one vector
   * @param features {@code F} of a cell, or of the vector
   */
  public record Image(int cells, int features) {}

  /**
   * The configuration of the word generator.
   *
   * @param cell label of the recurrent cell
   * @param embedding width {@code D} of an embedded word
   * @param hidden width {@code H} of the recurrent layer
   * @param attention width {@code A} of the attention layer; 0 for no attention
   * @param dropout probability of dropping a number of an embedded word or of the hidden state
   *     while training, in [0, 1)
   */
  public record WordGenerator(
      String cell, int embedding, int hidden, int attention, double dropout) {
    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if one is broken
     */
    public WordGenerator {
      Cell.of(cell);
      EncoderConfig.requireWidths(MOST, embedding, hidden);
      EncoderConfig.requireDropout(dropout);
    }
  }

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is broken
   */
  public CaptionConfig {
    ModelKind.CAPTION.require(kind);
    int cells = image.cells;
    int features = image.features;
    int attention = generator.attention;
    double embedding = generator.embedding;
    double hidden = generator.hidden;
    for (int extent : new int[] {vocabulary, features, words}) {
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
        vocabulary * (embedding + hidden)
            + 4 * hidden * (embedding + hidden + features)
            + hidden * perImage
            + attention * (features + hidden);
    if (perImage > MOST) {
      throw new IllegalArgumentException(
          "an image has %,.0f features, more than %,d".formatted(perImage, MOST));
    }
    WeightLimit.require(weights, MOST * 64.0, "hidden, embedding or attention");
  }

  /** Returns the default shape: a single feature per image, and so without attention. */
  public static CaptionConfig defaults() {
    return new CaptionConfig(
        ModelKind.CAPTION.label(),
        1,
        new Image(0, 1),
        new WordGenerator(Cell.LSTM.label(), 64, 128, 0, 0),
        30);
  }

  /**
   * Returns the default shape for images with these features.
   *
   * @param attends whether it attends to the cells of the grid, which the features must then have
   * @throws IllegalArgumentException if they do not, or an image has too many features
   */
  public static CaptionConfig of(Features features, boolean attends) {
    CaptionConfig usual = defaults();
    WordGenerator plain = usual.generator;
    return new CaptionConfig(
        usual.kind,
        usual.vocabulary,
        new Image(features.isGrid() ? features.cells() : 0, features.width()),
        new WordGenerator(
            plain.cell, plain.embedding, plain.hidden, attends ? ATTENTION : 0, plain.dropout),
        usual.words);
  }

  /**
   * Returns a copy for another vocabulary.
   *
   * @throws IllegalArgumentException if a range is broken
   */
  CaptionConfig sized(int size) {
    return new CaptionConfig(kind, size, image, generator, words);
  }

  /** Returns whether the captioner attends to a grid. */
  public boolean attends() {
    return generator.attention > 0;
  }

  /**
   * Returns the width of the input to the initial state: the mean cell where there is attention,
   * otherwise all features of an image.
   */
  public int summary() {
    return attends() ? image.features : Math.max(1, image.cells) * image.features;
  }

  /** Returns the decoder. */
  public AttentionDecoder.Shape decoder() {
    return new AttentionDecoder.Shape(
        Cell.of(generator.cell),
        vocabulary,
        generator.embedding,
        generator.hidden,
        attends() ? image.features : 0,
        generator.attention,
        generator.dropout);
  }
}
