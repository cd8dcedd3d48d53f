package org.lm4j.cli.classify;

import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.frame.BatchDefaults;
import org.lm4j.cli.frame.Choices;
import org.lm4j.cli.frame.Converters;
import org.lm4j.cli.frame.EmbeddingsOptions;
import org.lm4j.compute.Cell;
import org.lm4j.model.ModelKind;
import org.lm4j.task.classify.Pooling;
import org.lm4j.task.classify.TextClassifierConfig;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The shape of a classifier. Unset options are null: a continued run has its own. */
final class ClassifyOptions {
  /** Rates for mean losses over the texts of a batch. */
  static final BatchDefaults DEFAULTS = new BatchDefaults("texts", 32, 10, 1e-3, 0.02, 0.1, 0.5);

  private static final int MIN_COUNT = 1;
  private static final int EMBEDDING = 100;
  private static final int HIDDEN = 100;
  private static final int LAYERS = 1;
  private static final double DROPOUT = 0.5;

  @Option(
      names = "--min-count",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Words that occur less often are <unk> [1].")
  private @Nullable Integer minCount;

  @Option(
      names = "--cell",
      paramLabel = "CELL",
      converter = Choices.Cells.class,
      completionCandidates = Choices.Cells.class,
      description = "Recurrent cell: ${COMPLETION-CANDIDATES} [lstm].")
  private @Nullable Cell cell;

  @Option(
      names = "--embedding",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Width of the embedding of words [100].")
  private @Nullable Integer embedding;

  @Option(
      names = "--hidden",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Width of each recurrent layer, in each direction [100].")
  private @Nullable Integer hidden;

  @Option(
      names = "--layers",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Recurrent layers on top of each other [1].")
  private @Nullable Integer layers;

  @Option(names = "--unidirectional", description = "Read texts from left to right only.")
  private boolean unidirectional;

  @Option(
      names = "--pooling",
      paramLabel = "NAME",
      converter = Choices.Poolings.class,
      completionCandidates = Choices.Poolings.class,
      description =
          "What is scored: the last states, or the mean of what the last layer puts out [mean].")
  private @Nullable String pooling;

  @Option(
      names = "--dropout",
      paramLabel = "P",
      converter = Converters.Fraction.class,
      description =
          "Probability of dropping out while training: input, between layers, output [0.5].")
  private @Nullable Double dropout;

  /** Tells a classifier's own defaults. */
  static final class Help extends BatchDefaults.Help {
    /** For picocli. */
    Help() {
      super(DEFAULTS);
    }

    @Override
    public CommandSpec transform(CommandSpec spec) {
      super.transform(spec);
      EmbeddingsOptions.describe(spec, "--embedding");
      return spec;
    }
  }

  /** How often a word must occur. */
  int minCount() {
    return pick(minCount, MIN_COUNT);
  }

  /**
   * A classifier of the shape asked for.
   *
   * @throws InputException if it makes no sense, or word vectors have another width
   */
  TextClassifierConfig config(EmbeddingsOptions vectors) {
    int width = vectors.width(pick(embedding, 0));
    return config(
        new TextClassifierConfig(
            ModelKind.CLASSIFIER.label(),
            Cell.LSTM.label(),
            1, // a word and two classes: the texts decide how many
            2,
            width == 0 ? EMBEDDING : width,
            HIDDEN,
            LAYERS,
            true,
            Pooling.MEAN.label(),
            DROPOUT,
            vectors.freezes()));
  }

  private TextClassifierConfig config(TextClassifierConfig like) {
    try {
      return new TextClassifierConfig(
          like.kind(),
          cell == null ? like.cell() : cell.label(),
          like.words(),
          like.classes(),
          pick(embedding, like.embedding()),
          pick(hidden, like.hidden()),
          pick(layers, like.layers()),
          !unidirectional && like.bidirectional(),
          pick(pooling, like.pooling()),
          pick(dropout, like.dropout()),
          like.frozenWords());
    } catch (IllegalArgumentException e) {
      throw new InputException(e.getMessage() + ".", e);
    }
  }

  /** Whether a saved classifier is the one asked for. */
  boolean isAsked(TextClassifierConfig saved) {
    return config(saved).equals(saved);
  }

  private static <T> T pick(@Nullable T asked, T otherwise) {
    return asked == null ? otherwise : asked;
  }
}
