package org.lm4j.cli.tag;

import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.frame.BatchDefaults;
import org.lm4j.cli.frame.Choices;
import org.lm4j.cli.frame.Converters;
import org.lm4j.cli.frame.EmbeddingsOptions;
import org.lm4j.compute.Cell;
import org.lm4j.model.ModelKind;
import org.lm4j.task.tag.ConllColumns;
import org.lm4j.task.tag.TaggerConfig;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** What a tagger reads, and its shape. Unset options are null: a continued run has its own. */
final class TagOptions {
  /** Rates for mean losses over the tokens of a batch. */
  static final BatchDefaults DEFAULTS = new BatchDefaults("sentences", 16, 15, 2e-3, 0.02, 0.1, 1);

  private static final int MIN_COUNT = 1;
  private static final int WORD_EMBEDDING = 100;
  private static final int CHAR_EMBEDDING = 30;
  private static final int CHAR_HIDDEN = 50;
  private static final int FEATURE_EMBEDDING = 20;
  private static final int HIDDEN = 150;
  private static final int LAYERS = 1;
  private static final double DROPOUT = 0.5;

  @Option(
      names = "--word-column",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Column of the words, counted from 1 [1].")
  private @Nullable Integer wordColumn;

  @Option(
      names = "--tag-column",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Column of the tags to learn [the last].")
  private @Nullable Integer tagColumn;

  @Option(
      names = "--feature-columns",
      paramLabel = "N",
      split = ",",
      converter = Converters.PositiveInt.class,
      description = "Columns read beside the words, as parts of speech for phrases [none].")
  private @Nullable List<Integer> featureColumns;

  @Option(
      names = "--min-count",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Words that occur less often are <unk>, told apart by characters [1].")
  private @Nullable Integer minCount;

  @Option(
      names = "--cell",
      paramLabel = "CELL",
      converter = Choices.Cells.class,
      completionCandidates = Choices.Cells.class,
      description = "Recurrent cell: ${COMPLETION-CANDIDATES} [lstm].")
  private @Nullable Cell cell;

  @Option(
      names = "--hidden",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Width of each recurrent layer, in each direction [150].")
  private @Nullable Integer hidden;

  @Option(
      names = "--layers",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Recurrent layers on top of each other [1].")
  private @Nullable Integer layers;

  @Option(
      names = "--unidirectional",
      description = "Read sentences from left to right only: a tag knows what came before.")
  private boolean unidirectional;

  @Option(
      names = "--word-embedding",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Width of the embedding of words [100].")
  private @Nullable Integer wordEmbedding;

  @Option(
      names = "--char-embedding",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Width of the embedding of characters [30].")
  private @Nullable Integer charEmbedding;

  @Option(
      names = "--char-hidden",
      paramLabel = "N",
      converter = Converters.NonNegativeInt.class,
      description = "Width of what reads a word's characters, in each direction; 0 for none [50].")
  private @Nullable Integer charHidden;

  @Option(
      names = "--feature-embedding",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Width of the embedding of each further column [20].")
  private @Nullable Integer featureEmbedding;

  @Option(
      names = "--dropout",
      paramLabel = "P",
      converter = Converters.Fraction.class,
      description =
          "Probability of dropping out while training: input, between layers, output [0.5].")
  private @Nullable Double dropout;

  /** Tells a tagger's own defaults. */
  static final class Help extends BatchDefaults.Help {
    /** For picocli. */
    Help() {
      super(DEFAULTS);
    }

    @Override
    public CommandSpec transform(CommandSpec spec) {
      super.transform(spec);
      EmbeddingsOptions.describe(spec, "--word-embedding");
      return spec;
    }
  }

  /** How often a word must occur. */
  int minCount() {
    return pick(minCount, MIN_COUNT);
  }

  /**
   * Which columns are read.
   *
   * @throws InputException if they contradict each other
   */
  ConllColumns columns() {
    return new ConllColumns(
        pick(wordColumn, 1),
        pick(tagColumn, ConllColumns.LAST),
        pick(featureColumns, List.<Integer>of()));
  }

  /**
   * A tagger of the shape asked for.
   *
   * @throws InputException if it makes no sense, or word vectors have another width
   */
  TaggerConfig config(EmbeddingsOptions vectors) {
    int width = vectors.width(pick(wordEmbedding, 0), "--word-embedding");
    return config(
        new TaggerConfig(
            ModelKind.TAGGER.label(),
            Cell.LSTM.label(),
            1, // the sentences decide how many words, characters, tags and values of features
            1,
            1,
            list(Collections.nCopies(columns().features().size(), 1)),
            columns().word(),
            columns().tag(),
            list(columns().features()),
            width == 0 ? WORD_EMBEDDING : width,
            CHAR_EMBEDDING,
            CHAR_HIDDEN,
            FEATURE_EMBEDDING,
            HIDDEN,
            LAYERS,
            true,
            DROPOUT,
            vectors.freezes()));
  }

  private static String list(List<Integer> numbers) {
    return numbers.stream().map(String::valueOf).collect(Collectors.joining(","));
  }

  /** A tagger like {@code like} but for the options given. */
  TaggerConfig config(TaggerConfig like) {
    try {
      return new TaggerConfig(
          like.kind(),
          cell == null ? like.cell() : cell.label(),
          like.words(),
          like.characters(),
          like.tags(),
          like.features(),
          pick(wordColumn, like.wordColumn()),
          pick(tagColumn, like.tagColumn()),
          featureColumns == null ? like.featureColumns() : list(featureColumns),
          pick(wordEmbedding, like.wordEmbedding()),
          pick(charEmbedding, like.characterEmbedding()),
          pick(charHidden, like.characterHidden()),
          pick(featureEmbedding, like.featureEmbedding()),
          pick(hidden, like.hidden()),
          pick(layers, like.layers()),
          !unidirectional && like.bidirectional(),
          pick(dropout, like.dropout()),
          like.frozenWords());
    } catch (IllegalArgumentException e) {
      throw new InputException(e.getMessage() + ".", e);
    }
  }

  /** Whether a saved tagger is the one asked for. */
  boolean isAsked(TaggerConfig saved) {
    boolean sameColumns =
        featureColumns == null || list(featureColumns).equals(saved.featureColumns());
    return sameColumns && config(saved).equals(saved);
  }

  private static <T> T pick(@Nullable T asked, T otherwise) {
    return asked == null ? otherwise : asked;
  }
}
