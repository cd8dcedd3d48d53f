package org.lm4j.task.vqa;

import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnSpec;
import org.lm4j.data.Features;
import org.lm4j.io.Flat;
import org.lm4j.model.ModelKind;
import org.lm4j.model.WeightLimit;
import org.lm4j.nn.EncoderConfig;
import org.lm4j.nn.attention.SoftAttention;
import org.lm4j.train.TrainingDefaults;

/**
 * The shape of a {@link VqaNetwork}, as its {@code config.json} holds it.
 *
 * @param kind label of {@link ModelKind#VQA}
 * @param image the features of an image
 * @param vocabulary words V
 * @param answers number A of answers
 * @param shape what data do not settle
 */
public record VqaConfig(
    String kind, @Flat Image image, int vocabulary, int answers, @Flat Shape shape) {
  /** The training defaults, with learning rates for mean losses per question. */
  public static final TrainingDefaults TRAINING =
      TrainingDefaults.of("questions", 64, 24, new TrainingDefaults.Rates(2e-3, 0.01, 0.05, 0.5));

  /** The largest number of attention hops: more than any question needs. */
  public static final int MOST_HOPS = 16;

  private static final int MOST = 1 << 24;

  /**
   * The features of an image.
   *
   * @param rows of its grid; 0 for images without one
   * @param columns of the grid; 0 for images without one
   * @param features width F of a cell, or of an image without a grid
   */
  public record Image(int rows, int columns, int features) {}

  /**
   * The configuration of the question encoder.
   *
   * @param cell the recurrent cell
   * @param embedding width D of a word
   * @param hidden width H of the encoded question, and of the query of each hop
   */
  public record Reader(String cell, int embedding, int hidden) {}

  /**
   * The part of the configuration that does not depend on the data.
   *
   * @param reader the question encoder
   * @param seen width S of a cell's representation, without its position
   * @param attention width of the attention layer
   * @param hops number K of attention hops
   * @param decision hidden units of the layer before the answers
   * @param dropout probability of dropping one of those, or an element of a cell's representation,
   *     in training, in [0, 1)
   */
  public record Shape(
      @Flat Reader reader, int seen, int attention, int hops, int decision, double dropout) {}

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is broken
   */
  public VqaConfig {
    ModelKind.VQA.require(kind);
    Cell cell = Cell.of(shape.reader.cell);
    int rows = image.rows;
    require("rows", rows, 0, MOST);
    require("columns", image.columns, Math.min(1, rows), rows == 0 ? 0 : MOST / rows);
    require("features", image.features, 1, MOST);
    require("vocabulary", vocabulary, 1, MOST);
    require("answers", answers, 1, MOST);
    require("embedding", shape.reader.embedding, 1, MOST);
    require("hidden", shape.reader.hidden, 1, MOST);
    require("seen", shape.seen, 1, MOST);
    require("attention", shape.attention, 1, MOST);
    require("hops", shape.hops, 1, MOST_HOPS);
    require("decision", shape.decision, 1, MOST);
    EncoderConfig.requireDropout(shape.dropout);
    double hidden = shape.reader.hidden;
    double embedding = shape.reader.embedding;
    double seen = shape.seen;
    double weights =
        vocabulary * embedding
            + cell.gates() * hidden * (embedding + hidden)
            + seen * image.features
            + shape.hops * (shape.attention + hidden) * (seen + 2 + hidden)
            + shape.decision * (2 * hidden + (shape.hops + 1.0) * (seen + 2) + answers);
    WeightLimit.require(weights, MOST * 16.0, "hidden, seen, attention or decision");
  }

  /** The grid of image cells, row by row; 0 by 0 if there is no grid. */
  public record Grid(int rows, int columns) {
    /** Returns a square if the number of cells allows it, else one row. */
    public static Grid of(Features features) {
      if (!features.isGrid()) {
        return new Grid(0, 0);
      }
      int side = (int) Math.round(Math.sqrt(features.cells()));
      return side * side == features.cells() ? new Grid(side, side) : new Grid(1, features.cells());
    }
  }

  /**
   * Returns a copy for other words and answers.
   *
   * @throws IllegalArgumentException if a range is broken
   */
  VqaConfig sized(int words, int labels) {
    return new VqaConfig(kind, image, words, labels, shape);
  }

  /**
   * Returns the default shape for images with these features.
   *
   * @param grid how the cells of an image lie, row by row
   */
  public static VqaConfig of(Features features, Grid grid) {
    VqaConfig usual = defaults();
    return new VqaConfig(
        usual.kind,
        new Image(grid.rows, grid.columns, features.width()),
        usual.vocabulary,
        usual.answers,
        usual.shape);
  }

  /** Returns the default shape: one word, one answer, and one feature per image. */
  public static VqaConfig defaults() {
    Reader reader = new Reader(Cell.LSTM.label(), 32, 128);
    return new VqaConfig(
        ModelKind.VQA.label(), new Image(0, 0, 1), 1, 1, new Shape(reader, 128, 128, 2, 256, 0.2));
  }

  private static void require(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + " must be from " + least + " to " + most + ", not " + value);
    }
  }

  /** Returns the width H of an encoded question. */
  int hidden() {
    return shape.reader.hidden;
  }

  /** Returns the number of cells of the grid; 0 if there is none. */
  public int grid() {
    return image.rows * image.columns;
  }

  /** Returns the number of cells G: 1 if there is no grid. */
  public int cells() {
    return Math.max(1, grid());
  }

  /**
   * Returns the width M of a cell in attention: its features and the two numbers of its position.
   */
  int memory() {
    return shape.seen + 2;
  }

  /** Returns the network that reads the question. */
  RnnSpec reader() {
    return new RnnSpec(Cell.of(shape.reader.cell), shape.reader.embedding, hidden(), 1, 0);
  }

  /** Returns the widths of attention. */
  SoftAttention.Size attentionSize() {
    return new SoftAttention.Size(memory(), hidden(), shape.attention);
  }

  /**
   * Returns the width of the input to the answer layer: q, u[K], z[1] to z[K], sum of the cells.
   */
  int joined() {
    return placeOf(shape.hops + 1);
  }

  /**
   * Returns the offset of the result of hop {@code k}, from 0, in the decision input; after the
   * last one, that of the sum.
   */
  int placeOf(int k) {
    return 2 * hidden() + k * memory();
  }
}
