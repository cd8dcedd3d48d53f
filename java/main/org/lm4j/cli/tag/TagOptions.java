package org.lm4j.cli.tag;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.options.Asked;
import org.lm4j.cli.options.Converters;
import org.lm4j.cli.options.EmbeddingsOptions;
import org.lm4j.cli.options.EncoderOptions;
import org.lm4j.cli.options.HelpValues;
import org.lm4j.task.tag.ConllColumns;
import org.lm4j.task.tag.IntList;
import org.lm4j.task.tag.TaggerConfig;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The options of a tagger's input and shape. Unset options are null: a continued run has its own.
 */
final class TagOptions implements HelpValues {
  private static final int MIN_COUNT = 1;

  @Option(
      names = "--word-column",
      paramLabel = "N",
      description = "Column of the words, counted from 1 [1].")
  private @Nullable Integer wordColumn;

  @Option(
      names = "--tag-column",
      paramLabel = "N",
      description = "Column of the tags to learn [the last].")
  private @Nullable Integer tagColumn;

  @Option(
      names = "--feature-columns",
      paramLabel = "N",
      split = ",",
      description = "Columns read beside the words, as parts of speech for phrases [none].")
  private @Nullable List<Integer> featureColumns;

  @Option(
      names = "--min-count",
      paramLabel = "N",
      description =
          "Words that occur less often are <unk>, distinguished by characters [{min-count}].")
  private @Nullable Integer minCount;

  @Mixin
  private EncoderOptions encoder =
      new EncoderOptions(
          TaggerConfig.defaults().encoder(), "a word", "inputs, between layers and to outputs");

  @Option(
      names = "--char-embedding",
      paramLabel = "N",
      description = "Width of the embedding of characters [{char-embedding}].")
  private @Nullable Integer charEmbedding;

  @Option(
      names = "--char-hidden",
      paramLabel = "N",
      converter = Converters.NonNegativeInt.class,
      description =
          "Width of what reads a word's characters, in each direction; 0 for none [{char-hidden}].")
  private @Nullable Integer charHidden;

  @Option(
      names = "--feature-embedding",
      paramLabel = "N",
      description = "Width of the embedding of each further column [{feature-embedding}].")
  private @Nullable Integer featureEmbedding;

  @Override
  public Map<String, String> helpValues() {
    TaggerConfig.Widths widths = TaggerConfig.defaults().widths();
    return Map.of(
        "min-count", Integer.toString(MIN_COUNT),
        "char-embedding", Integer.toString(widths.characterEmbedding()),
        "char-hidden", Integer.toString(widths.characterHidden()),
        "feature-embedding", Integer.toString(widths.featureEmbedding()),
        "--embeddings", EmbeddingsOptions.OF_WORDS);
  }

  /** Returns how often a word must occur. */
  int minCount() {
    return Asked.or(minCount, MIN_COUNT);
  }

  /**
   * Returns the columns to read.
   *
   * @throws InputException if they contradict each other
   */
  ConllColumns columns() {
    return new ConllColumns(
        Asked.or(wordColumn, 1),
        Asked.or(tagColumn, ConllColumns.LAST),
        Asked.or(featureColumns, List.<Integer>of()));
  }

  /**
   * Returns a tagger of the shape asked for.
   *
   * @throws InputException if it makes no sense, or word vectors have another width
   */
  TaggerConfig config(EmbeddingsOptions vectors) {
    TaggerConfig usual = TaggerConfig.defaults();
    int width = vectors.width(encoder.embedding(0));
    return config(
        new TaggerConfig(
            usual.kind(),
            new TaggerConfig.Sizes( // the sentences decide how many of each
                1, 1, 1, IntList.write(Collections.nCopies(columns().features().size(), 1))),
            TaggerConfig.ColumnNumbers.of(columns()),
            width == 0 ? usual.encoder() : usual.encoder().withEmbedding(width),
            usual.widths(),
            vectors.freezes()));
  }

  /** Returns a tagger like {@code like} but for the options given. */
  TaggerConfig config(TaggerConfig like) {
    TaggerConfig.ColumnNumbers numbers = like.numbers();
    TaggerConfig.Widths widths = like.widths();
    return Asked.valid(
        () ->
            new TaggerConfig(
                like.kind(),
                like.sizes(),
                new TaggerConfig.ColumnNumbers(
                    Asked.or(wordColumn, numbers.wordColumn()),
                    Asked.or(tagColumn, numbers.tagColumn()),
                    featureColumns == null
                        ? numbers.featureColumns()
                        : IntList.write(featureColumns)),
                encoder.config(like.encoder()),
                new TaggerConfig.Widths(
                    Asked.or(charEmbedding, widths.characterEmbedding()),
                    Asked.or(charHidden, widths.characterHidden()),
                    Asked.or(featureEmbedding, widths.featureEmbedding())),
                like.frozenWords()));
  }

  /** Returns whether a saved tagger is the one asked for. */
  boolean isAsked(TaggerConfig saved) {
    return config(saved).equals(saved);
  }
}
