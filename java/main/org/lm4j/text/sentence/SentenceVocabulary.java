package org.lm4j.text.sentence;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.lm4j.InputException;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;

/**
 * A vocabulary of words for sentences: four special tokens first, then the words in order of
 * falling frequency. Immutable.
 */
public final class SentenceVocabulary {
  /** Padding after the end of a sentence shorter than the others in its batch; id 0. */
  public static final String NULL = "<NULL>";

  /** The start token, before the first word; id 1. */
  public static final String START = "<START>";

  /** The end token, after the last word; id 2. */
  public static final String END = "<END>";

  /** The token for every word that is not in the vocabulary; id 3. */
  public static final String UNKNOWN = "<UNK>";

  /** The id of {@link #NULL}. */
  public static final int NULL_ID = 0;

  /** The id of {@link #START}. */
  public static final int START_ID = 1;

  /** The id of {@link #END}. */
  public static final int END_ID = 2;

  /** The id of {@link #UNKNOWN}. */
  public static final int UNKNOWN_ID = 3;

  private static final List<String> SPECIAL = List.of(NULL, START, END, UNKNOWN);

  private final Vocabulary vocabulary;

  private SentenceVocabulary(Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
  }

  /**
   * Wraps a saved vocabulary.
   *
   * @throws InputException if it does not begin with the four special words
   */
  public static SentenceVocabulary of(Vocabulary vocabulary) {
    if (vocabulary.size() < SPECIAL.size()
        || !vocabulary.tokens().subList(0, SPECIAL.size()).equals(SPECIAL)) {
      throw new InputException(
          "the vocabulary of sentences must begin with " + String.join(", ", SPECIAL));
    }
    return new SentenceVocabulary(vocabulary);
  }

  /**
   * Builds the vocabulary of these sentences; words of equal frequency are ordered by their code
   * units.
   *
   * @param minCount the number of times a word must occur
   */
  public static SentenceVocabulary build(Collection<List<String>> sentences, int minCount) {
    TokenCounts counts = new TokenCounts();
    sentences.forEach(sentence -> sentence.forEach(counts::add));
    List<String> tokens = new ArrayList<>(SPECIAL);
    counts.tokens(minCount).stream().filter(token -> !SPECIAL.contains(token)).forEach(tokens::add);
    return new SentenceVocabulary(Vocabulary.of(Level.WORD, tokens));
  }

  /** Returns the plain vocabulary, for saving. */
  public Vocabulary vocabulary() {
    return vocabulary;
  }

  /** Returns V, the number of words including the special ones. */
  public int size() {
    return vocabulary.size();
  }

  /**
   * Returns the ids of words, {@link #UNKNOWN_ID} for unknown ones, without start and end tokens.
   */
  public int[] encode(List<String> words) {
    return words.stream()
        .mapToInt(word -> vocabulary.contains(word) ? vocabulary.id(word) : UNKNOWN_ID)
        .toArray();
  }

  /** Returns the words with these ids. */
  public List<String> decode(int[] ids) {
    List<String> words = new ArrayList<>(ids.length);
    for (int id : ids) {
      words.add(vocabulary.token(id));
    }
    return List.copyOf(words);
  }
}
