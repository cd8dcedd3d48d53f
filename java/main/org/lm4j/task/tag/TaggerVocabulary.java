package org.lm4j.task.tag;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.lm4j.InputException;
import org.lm4j.model.ModelFiles;
import org.lm4j.nn.SoftmaxOutput;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.sentence.TokenCounts;

/**
 * The vocabularies of a tagger: words, characters, values of features, tags. All except the tags
 * have {@code <unk>}. Immutable.
 */
public final class TaggerVocabulary {
  private final Vocabulary words;
  private final Vocabulary characters;
  private final List<Vocabulary> features;
  private final List<String> tags;
  private final Map<String, Integer> tagIds = new HashMap<>();

  private TaggerVocabulary(
      Vocabulary words, Vocabulary characters, List<Vocabulary> features, List<String> tags) {
    this.words = words;
    this.characters = characters;
    this.features = List.copyOf(features);
    this.tags = List.copyOf(tags);
    for (String tag : tags) {
      tagIds.putIfAbsent(tag, tagIds.size());
    }
  }

  /**
   * Builds the vocabulary of training sentences. Values of features that occur once become {@code
   * <unk>}, so that it is trained.
   *
   * @param minCount the number of times a word must occur
   * @throws InputException if all tags are the same, which leaves nothing to learn
   */
  public static TaggerVocabulary build(
      List<ConllSentence> sentences, ConllColumns columns, int minCount) {
    TokenCounts words = new TokenCounts();
    TokenCounts characters = new TokenCounts();
    TokenCounts tags = new TokenCounts();
    List<TokenCounts> features = new ArrayList<>();
    columns.features().forEach(column -> features.add(new TokenCounts()));
    for (ConllSentence sentence : sentences) {
      columns.words(sentence).forEach(words::add);
      columns.words(sentence).forEach(characters::addCharacters);
      columns.tags(sentence).forEach(tags::add);
      for (int i = 0; i < features.size(); i++) {
        columns.feature(sentence, i).forEach(features.get(i)::add);
      }
    }
    List<String> different = tags.tokens(1);
    if (different.size() == 1) {
      throw new InputException(
          "%s holds one tag only, '%s'; two are needed, so name another column if this is not that of the tags"
              .formatted(sentences.getFirst().source(), different.getFirst()));
    }
    return new TaggerVocabulary(
        words.vocabulary(Level.WORD, minCount),
        characters.vocabulary(Level.CHAR, 1),
        features.stream().map(counts -> counts.vocabulary(Level.WORD, 2)).toList(),
        different);
  }

  /** Writes the lists into a model folder. */
  public void save(ModelFiles files) {
    files.saveVocabulary(ModelFiles.VOCABULARY, words);
    files.saveVocabulary(ModelFiles.CHARACTERS, characters);
    if (!features.isEmpty()) {
      files.saveFeatures(features);
    }
    files.saveLabels(tags);
  }

  /**
   * Reads the lists of a model folder.
   *
   * @throws InputException if one is missing, damaged, or not as long as the configuration says
   */
  public static TaggerVocabulary read(ModelFiles files, TaggerConfig config) {
    Vocabulary words = withUnknown(files, ModelFiles.VOCABULARY, config.sizes().words());
    Vocabulary characters = withUnknown(files, ModelFiles.CHARACTERS, config.sizes().characters());
    List<Integer> sizes = config.featureSizes();
    List<Vocabulary> features = sizes.isEmpty() ? List.of() : files.features(sizes);
    List<String> tags = files.labels(config.sizes().tags());
    if (new HashSet<>(tags).size() != tags.size()) {
      throw new InputException(files.path().resolve(ModelFiles.LABELS) + " names a tag twice");
    }
    return new TaggerVocabulary(words, characters, features, tags);
  }

  private static Vocabulary withUnknown(ModelFiles files, String name, int size) {
    Vocabulary vocabulary = files.vocabulary(name, size);
    if (vocabulary.unknown() != 0) {
      throw new InputException(
          files.path().resolve(name) + " does not begin with " + Vocabulary.UNKNOWN);
    }
    return vocabulary;
  }

  /** Returns the words. */
  public Vocabulary words() {
    return words;
  }

  /** Returns the characters. */
  public Vocabulary characters() {
    return characters;
  }

  /** Returns the values of each feature. */
  public List<Vocabulary> features() {
    return features;
  }

  /** Returns the tags in the order of their ids, the most frequent first. */
  public List<String> tags() {
    return tags;
  }

  /**
   * Returns the ids of the tags of a sentence, {@link SoftmaxOutput#IGNORE} for an unknown one, for
   * which no answer counts as correct.
   */
  int[] tagIds(ConllSentence sentence, ConllColumns columns) {
    return columns.tags(sentence).stream()
        .mapToInt(tag -> tagIds.getOrDefault(tag, SoftmaxOutput.IGNORE))
        .toArray();
  }

  /** Returns the id of a word, that of {@code <unk>} if it is not known. */
  int wordId(String word) {
    return known(words, word);
  }

  /** Returns the ids of the values of one feature. */
  int[] featureIds(int feature, List<String> values) {
    return values.stream().mapToInt(value -> known(features.get(feature), value)).toArray();
  }

  /** Returns the ids of the characters of a word. */
  int[] characterIds(String word) {
    return word.codePoints().map(c -> known(characters, Character.toString(c))).toArray();
  }

  private static int known(Vocabulary vocabulary, String token) {
    return Math.max(0, vocabulary.id(token)); // <unk> is 0
  }
}
