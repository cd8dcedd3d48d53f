package org.lm4j.cli.vqa;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.frame.BatchDefaults;
import org.lm4j.cli.frame.Choices;
import org.lm4j.cli.frame.Converters;
import org.lm4j.compute.Cell;
import org.lm4j.data.Features;
import org.lm4j.model.ModelKind;
import org.lm4j.task.vqa.VqaConfig;
import picocli.CommandLine.Option;

/**
 * What model is to answer questions. Unset options are null, so that it is known what was asked.
 */
final class VqaOptions {
  static final BatchDefaults DEFAULTS =
      new BatchDefaults("questions", 64, 24, 2e-3, 0.01, 0.05, 0.5);

  private static final Cell CELL = Cell.LSTM;
  private static final int EMBEDDING = 32;
  private static final int HIDDEN = 128;
  private static final int SEEN = 128;
  private static final int ATTENTION = 128;
  private static final int HOPS = 2;
  private static final int DECISION = 256;
  private static final double DROPOUT = 0.2;

  @Option(
      names = "--grid",
      paramLabel = "ROWSxCOLS",
      description = "How the cells of an image lie, row by row [a square, or one row].")
  private @Nullable String grid;

  @Option(
      names = "--cell",
      paramLabel = "CELL",
      converter = Choices.Cells.class,
      completionCandidates = Choices.Cells.class,
      description = "What reads the question: ${COMPLETION-CANDIDATES} [lstm].")
  private @Nullable Cell cell;

  @Option(
      names = "--embedding",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Width of a word [32].")
  private @Nullable Integer embedding;

  @Option(
      names = "--hidden",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Width of the question, read [128].")
  private @Nullable Integer hidden;

  @Option(
      names = "--seen",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Width of a cell as it is seen, a layer above its features [128].")
  private @Nullable Integer seen;

  @Option(
      names = "--attention",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Width in which question and cells are compared [128].")
  private @Nullable Integer attention;

  @Option(
      names = "--hops",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Looks at the image, each asked what the one before found out [2].")
  private @Nullable Integer hops;

  @Option(
      names = "--decision",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Hidden units of the layer before the answers [256].")
  private @Nullable Integer decision;

  @Option(
      names = "--dropout",
      paramLabel = "P",
      converter = Converters.Fraction.class,
      description =
          "Probability of dropping one of those, or a number seen of a cell, while training [0.2].")
  private @Nullable Double dropout;

  @Option(
      names = "--min-count",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Words that occur less often count as <unk> [1].")
  private @Nullable Integer minCount;

  @Option(
      names = "--top-answers",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Learn only the N most frequent answers [all].")
  private @Nullable Integer topAnswers;

  /** Tells these defaults. */
  static final class Help extends BatchDefaults.Help {
    /** For picocli. */
    Help() {
      super(DEFAULTS);
    }
  }

  /**
   * How the cells lie.
   *
   * @throws InputException if the features have not as many cells
   */
  private VqaConfig.Grid grid(Features features) {
    if (grid == null) {
      return VqaConfig.Grid.of(features);
    }
    if (!grid.matches("[1-9]\\d{0,4}x[1-9]\\d{0,4}")) {
      throw new InputException("--grid is to be as 7x7, not '" + grid + "'.");
    }
    int x = grid.indexOf('x');
    int rows = Integer.parseInt(grid.substring(0, x));
    int columns = Integer.parseInt(grid.substring(x + 1));
    if (!features.isGrid() || (long) rows * columns != features.cells()) {
      throw new InputException(
          "--grid "
              + grid
              + " does not fit features "
              + (features.isGrid() ? "of " + features.cells() + " cells." : "without a grid."));
    }
    return new VqaConfig.Grid(rows, columns);
  }

  /** How often a word must occur. */
  int minCount() {
    return pick(minCount, 1);
  }

  /** How many answers are learned at most. */
  int topAnswers() {
    return pick(topAnswers, Integer.MAX_VALUE);
  }

  /** What a run is to begin with that its configuration does not hold. */
  Map<String, Object> begins() {
    return Map.of("--min-count", minCount(), "--top-answers", topAnswers());
  }

  /**
   * A new model for images like these, but for its numbers of words and answers.
   *
   * @throws InputException if it makes no sense
   */
  VqaConfig config(Features features) {
    VqaConfig.Grid cells = grid(features);
    return config(
        new VqaConfig(
            ModelKind.VQA.label(),
            CELL.label(),
            cells.rows(),
            cells.columns(),
            features.width(),
            1,
            1,
            EMBEDDING,
            HIDDEN,
            SEEN,
            ATTENTION,
            HOPS,
            DECISION,
            DROPOUT));
  }

  /** A model like {@code like} but for the options given. */
  private VqaConfig config(VqaConfig like) {
    try {
      return new VqaConfig(
          like.kind(),
          cell == null ? like.cell() : cell.label(),
          like.rows(),
          like.columns(),
          like.features(),
          like.vocabulary(),
          like.answers(),
          pick(embedding, like.embedding()),
          pick(hidden, like.hidden()),
          pick(seen, like.seen()),
          pick(attention, like.attention()),
          pick(hops, like.hops()),
          pick(decision, like.decision()),
          dropout == null ? like.dropout() : dropout);
    } catch (IllegalArgumentException e) {
      throw new InputException(e.getMessage() + ".", e);
    }
  }

  /** Whether what is asked for is what a run began with. */
  boolean isAsked(VqaConfig saved) {
    return config(saved).equals(saved)
        && (grid == null || grid.equals(saved.rows() + "x" + saved.columns()));
  }

  private static int pick(@Nullable Integer asked, int otherwise) {
    return asked == null ? otherwise : asked;
  }
}
