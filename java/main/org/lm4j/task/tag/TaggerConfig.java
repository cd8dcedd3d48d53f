package org.lm4j.task.tag;

import java.util.List;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnSpec;
import org.lm4j.io.Flat;
import org.lm4j.model.ModelKind;
import org.lm4j.model.WeightLimit;
import org.lm4j.nn.EncoderConfig;
import org.lm4j.nn.SequenceEncoder;
import org.lm4j.text.Vocabulary;
import org.lm4j.train.TrainingDefaults;

/**
 * The shape of a {@link TaggerNetwork}, as its {@code config.json} holds it.
 *
 * @param kind label of {@link ModelKind#TAGGER}
 * @param sizes how many words, characters, tags and values of features are known
 * @param numbers of the columns that were read
 * @param encoder what reads a sentence; its dropout is applied to what the recurrent layers read,
 *     to what they hand on, and to what they put out
 * @param widths of characters and features
 * @param frozenWords whether the embeddings of words are not learned, but stay as they were given
 */
public record TaggerConfig(
    String kind,
    @Flat Sizes sizes,
    @Flat ColumnNumbers numbers,
    @Flat(rename = {"embedding", "wordEmbedding"}) EncoderConfig encoder,
    @Flat Widths widths,
    boolean frozenWords) {
  /** The training defaults, with rates for mean losses over the tokens of a batch. */
  public static final TrainingDefaults TRAINING =
      TrainingDefaults.of("sentences", 16, 15, new TrainingDefaults.Rates(2e-3, 0.02, 0.1, 1));

  private static final int MOST = 1 << 24;
  private static final int MOST_WIDTH = 1 << 14;

  /**
   * The sizes of the vocabularies.
   *
   * @param words number of words, {@code <unk>} included
   * @param characters number of characters, {@code <unk>} included
   * @param tags number of tags
   * @param features number of values of each feature, {@code <unk>} included, as {@code 45,12};
   *     empty for no features
   */
  public record Sizes(int words, int characters, int tags, String features) {}

  /**
   * The columns of words, tags and features.
   *
   * @param wordColumn where words were read, as {@link ConllColumns} counts
   * @param tagColumn where tags were read
   * @param featureColumns where features were read, as {@code 2,5}
   */
  public record ColumnNumbers(int wordColumn, int tagColumn, String featureColumns) {
    /** Returns the columns in the form of the configuration. */
    public static ColumnNumbers of(ConllColumns columns) {
      return new ColumnNumbers(columns.word(), columns.tag(), IntList.write(columns.features()));
    }
  }

  /**
   * The widths of characters and features.
   *
   * @param characterEmbedding width of a character's embedding
   * @param characterHidden width of what reads characters, in each direction; 0 if nothing does
   * @param featureEmbedding width of the embedding of each feature
   */
  public record Widths(int characterEmbedding, int characterHidden, int featureEmbedding) {}

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is broken
   */
  public TaggerConfig {
    ModelKind.TAGGER.require(kind);
    if (sizes.words < 1
        || sizes.characters < 1
        || sizes.tags < 1
        || sizes.words > MOST
        || sizes.characters > MOST) {
      throw new IllegalArgumentException("numbers of words, characters, tags must be positive");
    }
    if (sizes.tags > MOST_WIDTH) {
      throw new IllegalArgumentException("more than " + MOST_WIDTH + " tags");
    }
    List<Integer> features = IntList.read(sizes.features);
    if (features.size() != IntList.read(numbers.featureColumns).size()) {
      throw new IllegalArgumentException("features and their columns are not as many");
    }
    EncoderConfig.requireWidths(
        MOST_WIDTH,
        encoder.embedding(),
        encoder.hidden(),
        widths.characterEmbedding,
        widths.featureEmbedding,
        widths.characterHidden == 0 ? 1 : widths.characterHidden);
    double characters =
        widths.characterHidden > 0 ? WeightLimit.of(characterReader(encoder, widths)) : 0;
    WeightLimit.require(
        (double) sizes.words * encoder.embedding()
            + (double) sizes.characters * widths.characterEmbedding
            + features.stream().mapToDouble(Integer::doubleValue).sum() * widths.featureEmbedding
            + characters
            + WeightLimit.of(encoder.spec(inputWidth(encoder, widths, numbers)))
            + (double) sizes.tags * (2.0 * encoder.hidden() + 1));
  }

  /** Returns the default shape, with an empty vocabulary and one tag. */
  public static TaggerConfig defaults() {
    return new TaggerConfig(
        ModelKind.TAGGER.label(),
        new Sizes(1, 1, 1, ""),
        new ColumnNumbers(1, ConllColumns.LAST, ""),
        new EncoderConfig(Cell.LSTM.label(), 100, 150, 1, true, 0.5),
        new Widths(30, 50, 20),
        false);
  }

  /**
   * Returns a copy for another vocabulary.
   *
   * @throws IllegalArgumentException if a range is broken
   */
  TaggerConfig sized(TaggerVocabulary vocabulary) {
    Sizes known =
        new Sizes(
            vocabulary.words().size(),
            vocabulary.characters().size(),
            vocabulary.tags().size(),
            IntList.write(vocabulary.features().stream().map(Vocabulary::size).toList()));
    return new TaggerConfig(kind, known, numbers, encoder, widths, frozenWords);
  }

  /** Returns the number of values of each feature. */
  public List<Integer> featureSizes() {
    return IntList.read(sizes.features);
  }

  /** Returns the columns from which words, tags and features are read. */
  public ConllColumns columns() {
    return new ConllColumns(
        numbers.wordColumn, numbers.tagColumn, IntList.read(numbers.featureColumns));
  }

  /** Returns whether words are also read by their characters. */
  public boolean readsCharacters() {
    return widths.characterHidden > 0;
  }

  /** Returns the bidirectional encoder of a word's characters. */
  SequenceEncoder.Spec characterReader() {
    return characterReader(encoder, widths);
  }

  private static SequenceEncoder.Spec characterReader(EncoderConfig encoder, Widths widths) {
    Cell cell = Cell.of(encoder.cell());
    return new SequenceEncoder.Spec(
        new RnnSpec(cell, widths.characterEmbedding, widths.characterHidden, 1, 0), true);
  }

  /** Returns the encoder of a sentence's words. */
  SequenceEncoder.Spec sentenceReader() {
    return encoder.spec(inputWidth());
  }

  /** Returns the width D of a token's representation: its word, characters and features. */
  int inputWidth() {
    return inputWidth(encoder, widths, numbers);
  }

  private static int inputWidth(EncoderConfig encoder, Widths widths, ColumnNumbers numbers) {
    int features = IntList.read(numbers.featureColumns).size();
    return encoder.embedding() + 2 * widths.characterHidden + widths.featureEmbedding * features;
  }
}
