package org.lm4j.task.tag;

import java.util.List;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnSpec;
import org.lm4j.model.ModelKind;
import org.lm4j.model.WeightLimit;
import org.lm4j.nn.SequenceEncoder;
import org.lm4j.text.Vocabulary;

/**
 * The shape of a {@link TaggerNetwork}, as its {@code config.json} holds it.
 *
 * @param kind label of {@link ModelKind#TAGGER}
 * @param cell label of a {@link Cell}
 * @param words number of words known, {@code <unk>} included
 * @param characters number of characters known, {@code <unk>} included
 * @param tags number of tags
 * @param features number of values of each feature, {@code <unk>} included, as {@code 45,12}; empty
 *     for no features
 * @param wordColumn where words were read, as {@link ConllColumns} counts
 * @param tagColumn where tags were read
 * @param featureColumns where features were read, as {@code 2,5}
 * @param wordEmbedding width of a word's embedding
 * @param characterEmbedding width of a character's embedding
 * @param characterHidden width of what reads characters, in each direction; 0 if nothing does
 * @param featureEmbedding width of the embedding of each feature
 * @param hidden width H of each recurrent layer, in each direction
 * @param layers number L of recurrent layers
 * @param bidirectional whether they read in both directions
 * @param dropout probability of dropping an element of what the recurrent layers read, of what they
 *     hand on, and of what they put out, in [0, 1)
 * @param frozenWords whether the embeddings of words are not learned, but stay as they were given
 */
public record TaggerConfig(
    String kind,
    String cell,
    int words,
    int characters,
    int tags,
    String features,
    int wordColumn,
    int tagColumn,
    String featureColumns,
    int wordEmbedding,
    int characterEmbedding,
    int characterHidden,
    int featureEmbedding,
    int hidden,
    int layers,
    boolean bidirectional,
    double dropout,
    boolean frozenWords) { // as flat as the file
  private static final int MOST = 1 << 24;
  private static final int MOST_WIDTH = 1 << 14;
  private static final int MOST_LAYERS = 64;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is broken
   */
  public TaggerConfig {
    ModelKind.TAGGER.require(kind);
    Cell.of(cell);
    if (words < 1 || characters < 1 || tags < 1 || words > MOST || characters > MOST) {
      throw new IllegalArgumentException("numbers of words, characters, tags must be positive");
    }
    if (tags > MOST_WIDTH) {
      throw new IllegalArgumentException("more than " + MOST_WIDTH + " tags");
    }
    if (IntList.read(features).size() != IntList.read(featureColumns).size()) {
      throw new IllegalArgumentException("features and their columns are not as many");
    }
    for (int width : new int[] {wordEmbedding, characterEmbedding, featureEmbedding, hidden}) {
      if (width < 1 || width > MOST_WIDTH) {
        throw new IllegalArgumentException("widths must lie in [1, " + MOST_WIDTH + "]");
      }
    }
    if (characterHidden < 0 || characterHidden > MOST_WIDTH) {
      throw new IllegalArgumentException("widths must lie in [1, " + MOST_WIDTH + "]");
    }
    if (layers < 1 || layers > MOST_LAYERS) {
      throw new IllegalArgumentException("layers must lie in [1, " + MOST_LAYERS + "]");
    }
    if (!(dropout >= 0 && dropout < 1)) {
      throw new IllegalArgumentException("dropout must lie in [0, 1), not " + dropout);
    }
    WeightLimit.require(
        (double) words * wordEmbedding
            + (double) characters * characterEmbedding
            + IntList.read(features).stream().mapToDouble(Integer::doubleValue).sum()
                * featureEmbedding
            + (characterHidden > 0
                ? WeightLimit.of(characterReader(cell, characterEmbedding, characterHidden))
                : 0)
            + WeightLimit.of(
                new SequenceEncoder.Spec(
                    new RnnSpec(
                        Cell.of(cell),
                        inputWidth(
                            wordEmbedding, characterHidden, featureEmbedding, featureColumns),
                        hidden,
                        layers,
                        dropout),
                    bidirectional))
            + (double) tags * (2.0 * hidden + 1));
  }

  /**
   * The same for another vocabulary.
   *
   * @throws IllegalArgumentException if a range is broken
   */
  TaggerConfig sized(TaggerVocabulary vocabulary) {
    return new TaggerConfig(
        kind,
        cell,
        vocabulary.words().size(),
        vocabulary.characters().size(),
        vocabulary.tags().size(),
        IntList.write(vocabulary.features().stream().map(Vocabulary::size).toList()),
        wordColumn,
        tagColumn,
        featureColumns,
        wordEmbedding,
        characterEmbedding,
        characterHidden,
        featureEmbedding,
        hidden,
        layers,
        bidirectional,
        dropout,
        frozenWords);
  }

  /** Number of values of each feature. */
  public List<Integer> featureSizes() {
    return IntList.read(features);
  }

  /** Where words, tags and features are read. */
  public ConllColumns columns() {
    return new ConllColumns(wordColumn, tagColumn, IntList.read(featureColumns));
  }

  /** Returns whether words are read by their characters too. */
  public boolean readsCharacters() {
    return characterHidden > 0;
  }

  /** What reads the characters of a word, in both directions. */
  SequenceEncoder.Spec characterReader() {
    return characterReader(cell, characterEmbedding, characterHidden);
  }

  private static SequenceEncoder.Spec characterReader(String cell, int embedding, int hidden) {
    return new SequenceEncoder.Spec(new RnnSpec(Cell.of(cell), embedding, hidden, 1, 0), true);
  }

  /** What reads the words of a sentence. */
  SequenceEncoder.Spec sentenceReader() {
    RnnSpec stack = new RnnSpec(Cell.of(cell), inputWidth(), hidden, layers, dropout);
    return new SequenceEncoder.Spec(stack, bidirectional);
  }

  /** Width D of what stands for a token: its word, its characters, its features. */
  int inputWidth() {
    return inputWidth(wordEmbedding, characterHidden, featureEmbedding, featureColumns);
  }

  private static int inputWidth(int word, int characters, int feature, String columns) {
    return word + 2 * characters + feature * IntList.read(columns).size();
  }
}
