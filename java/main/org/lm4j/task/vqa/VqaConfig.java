package org.lm4j.task.vqa;

import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnSpec;
import org.lm4j.data.Features;
import org.lm4j.model.ModelKind;
import org.lm4j.model.WeightLimit;
import org.lm4j.nn.attention.SoftAttention;

/**
 * The shape of a {@link VqaNetwork}, as its {@code config.json} holds it.
 *
 * @param kind label of {@link ModelKind#VQA}
 * @param cell of the network that reads the question
 * @param rows of an image's grid; 0 for images without one
 * @param columns of the grid; 0 for images without one
 * @param features width F of a cell, or of an image without a grid
 * @param vocabulary words V
 * @param answers number A of answers
 * @param embedding width D of a word
 * @param hidden width H of the question read, and of what is asked in each look
 * @param seen width S of a cell as it is seen, its place not counted
 * @param attention width in which question and cell are compared
 * @param hops looks K at the image
 * @param decision hidden units of the layer before the answers
 * @param dropout probability of dropping one of those, or one of the numbers seen of a cell, while
 *     training, in [0, 1)
 */
public record VqaConfig(
    String kind,
    String cell,
    int rows,
    int columns,
    int features,
    int vocabulary,
    int answers,
    int embedding,
    int hidden,
    int seen,
    int attention,
    int hops,
    int decision,
    double dropout) { // as flat as the file
  /** More looks than any question asks for. */
  public static final int MOST_HOPS = 16;

  private static final int MOST = 1 << 24;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is broken
   */
  public VqaConfig {
    ModelKind.VQA.require(kind);
    Cell.of(cell);
    require("rows", rows, 0, MOST);
    require("columns", columns, Math.min(1, rows), rows == 0 ? 0 : MOST / rows);
    require("features", features, 1, MOST);
    require("vocabulary", vocabulary, 1, MOST);
    require("answers", answers, 1, MOST);
    require("embedding", embedding, 1, MOST);
    require("hidden", hidden, 1, MOST);
    require("seen", seen, 1, MOST);
    require("attention", attention, 1, MOST);
    require("hops", hops, 1, MOST_HOPS);
    require("decision", decision, 1, MOST);
    if (!(dropout >= 0 && dropout < 1)) {
      throw new IllegalArgumentException("dropout must lie in [0, 1), not " + dropout);
    }
    double weights =
        (double) vocabulary * embedding
            + (double) Cell.of(cell).gates() * hidden * ((double) embedding + hidden)
            + (double) seen * features
            + (double) hops * (attention + hidden) * ((double) seen + 2 + hidden)
            + (double) decision * (2.0 * hidden + (hops + 1.0) * (seen + 2) + answers);
    WeightLimit.require(weights, MOST * 16.0, "hidden, seen, attention or decision");
  }

  /** How the cells of images lie, row by row; 0 by 0 where there is no grid. */
  public record Grid(int rows, int columns) {
    /** A square if that many cells can be one, else one row. */
    public static Grid of(Features features) {
      if (!features.isGrid()) {
        return new Grid(0, 0);
      }
      int side = (int) Math.round(Math.sqrt(features.cells()));
      return side * side == features.cells() ? new Grid(side, side) : new Grid(1, features.cells());
    }
  }

  /**
   * The same for other words and answers.
   *
   * @throws IllegalArgumentException if a range is broken
   */
  VqaConfig sized(int words, int labels) {
    return new VqaConfig(
        kind, cell, rows, columns, features, words, labels, embedding, hidden, seen, attention,
        hops, decision, dropout);
  }

  private static void require(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + " must be from " + least + " to " + most + ", not " + value);
    }
  }

  /** Cells of a grid; 0 where there is none. */
  public int grid() {
    return rows * columns;
  }

  /** Cells G that are looked at: 1 where there is no grid. */
  public int cells() {
    return Math.max(1, grid());
  }

  /** Width M of a cell as attention sees it: what is in it and the two numbers of its place. */
  int memory() {
    return seen + 2;
  }

  /** Returns the network that reads the question. */
  RnnSpec reader() {
    return new RnnSpec(Cell.of(cell), embedding, hidden, 1, 0);
  }

  /** Returns the widths of attention. */
  SoftAttention.Size attentionSize() {
    return new SoftAttention.Size(memory(), hidden, attention);
  }

  /** Width of what the answer is decided on: q, u[K], z[1] to z[K], sum of the cells. */
  int joined() {
    return placeOf(hops + 1);
  }

  /** Where in it that begins which look {@code k} found, from 0; after the last one, the sum. */
  int placeOf(int k) {
    return 2 * hidden + k * memory();
  }
}
