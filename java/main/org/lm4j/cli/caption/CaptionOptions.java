package org.lm4j.cli.caption;

import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.frame.BatchDefaults;
import org.lm4j.cli.frame.Choices;
import org.lm4j.cli.frame.Converters;
import org.lm4j.compute.Cell;
import org.lm4j.data.Features;
import org.lm4j.model.ModelKind;
import org.lm4j.task.caption.CaptionConfig;
import picocli.CommandLine.Option;

/** What captioner. Unset options are null, so that a continued run can tell what was asked. */
final class CaptionOptions {
  /** Rates for mean losses over words. */
  static final BatchDefaults DEFAULTS =
      new BatchDefaults("captions", 64, 10, 2e-3, 0.01, 0.05, 0.5);

  private static final String CELL = "lstm";
  private static final int EMBEDDING = 64;
  private static final int HIDDEN = 128;
  private static final int ATTENTION = 128;
  private static final int WORDS = 30;

  @Option(
      names = "--attention",
      description = "Look at the cells of the grid before each word [where there is a grid].")
  private boolean attention;

  @Option(
      names = "--no-attention",
      description = "Do not: the first state is made from all features of the image.")
  private boolean noAttention;

  @Option(
      names = "--attention-width",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Width in which attention compares [128].")
  private @Nullable Integer attentionWidth;

  @Option(
      names = "--cell",
      paramLabel = "NAME",
      converter = Choices.CellNames.class,
      completionCandidates = Choices.CellNames.class,
      description = "Recurrent cell: ${COMPLETION-CANDIDATES} [lstm].")
  private @Nullable String cell;

  @Option(
      names = "--hidden",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Width of the recurrent layer [128].")
  private @Nullable Integer hidden;

  @Option(
      names = "--embedding",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Width of an embedded word [64].")
  private @Nullable Integer embedding;

  @Option(
      names = "--dropout",
      paramLabel = "P",
      converter = Converters.Fraction.class,
      description = "Probability of dropping a number of a word or of the state in training [0].")
  private @Nullable Double dropout;

  @Option(
      names = "--max-words",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Most words of a caption; what is longer is cut [30].")
  private @Nullable Integer words;

  /** Tells a captioner's own defaults. */
  static final class Help extends BatchDefaults.Help {
    /** For picocli. */
    Help() {
      super(DEFAULTS);
    }
  }

  /**
   * The captioner for these features.
   *
   * @param vocabulary how many words
   * @throws InputException if that cannot be
   */
  CaptionConfig config(Features features) {
    boolean attends = attends(features.isGrid());
    if (attends && !features.isGrid()) {
      throw new InputException(
          "--attention needs a grid of features; here each image is one vector of %d"
              .formatted(features.width()));
    }
    return config(
        new CaptionConfig(
            ModelKind.CAPTION.label(),
            CELL,
            1,
            EMBEDDING,
            HIDDEN,
            features.isGrid() ? features.cells() : 0,
            features.width(),
            attends ? ATTENTION : 0,
            0,
            WORDS));
  }

  private boolean attends(boolean otherwise) {
    if (attention && noAttention) {
      throw new InputException("--attention does not go with --no-attention.");
    }
    return attention || (otherwise && !noAttention);
  }

  /** A captioner like {@code like} but for the options given. */
  CaptionConfig config(CaptionConfig like) {
    int width = attentionWidth == null ? Math.max(1, like.attention()) : attentionWidth;
    boolean attends = attends(like.attends());
    try {
      return new CaptionConfig(
          ModelKind.CAPTION.label(),
          cell == null ? like.cell() : Cell.of(cell).label(),
          like.vocabulary(),
          embedding == null ? like.embedding() : embedding,
          hidden == null ? like.hidden() : hidden,
          like.cells(),
          like.features(),
          attends ? width : 0,
          dropout == null ? like.dropout() : dropout,
          words == null ? like.words() : words);
    } catch (IllegalArgumentException e) {
      throw new InputException(e.getMessage() + ".", e);
    }
  }
}
