package org.lm4j.text;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.lm4j.InputException;

/**
 * The words of sentences that are written one by one: first the four that stand for no word, then
 * the others, the most frequent first. Immutable.
 */
public final class SentenceVocabulary {
  /** Fills up what follows the end of a sentence that is shorter than others; id 0. */
  public static final String NULL = "<NULL>";

  /** Comes before the first word; id 1. */
  public static final String START = "<START>";

  /** Comes after the last word; id 2. */
  public static final String END = "<END>";

  /** Stands for every word that is not in the vocabulary; id 3. */
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
   * Over a vocabulary that was saved.
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
   * The words of these sentences; words equally frequent in the order of their code units.
   *
   * @param minCount how often a word must occur
   */
  public static SentenceVocabulary build(Collection<List<String>> sentences, int minCount) {
    TokenCounts counts = new TokenCounts();
    sentences.forEach(sentence -> sentence.forEach(counts::add));
    List<String> tokens = new ArrayList<>(SPECIAL);
    counts.tokens(minCount).stream().filter(token -> !SPECIAL.contains(token)).forEach(tokens::add);
    return new SentenceVocabulary(Vocabulary.of(Level.WORD, tokens));
  }

  /** The same as a plain vocabulary, to be saved. */
  public Vocabulary vocabulary() {
    return vocabulary;
  }

  /** V, the special words included. */
  public int size() {
    return vocabulary.size();
  }

  /** The word of an id in 0..V-1. */
  public String word(int id) {
    return vocabulary.token(id);
  }

  /** The ids of words, {@link #UNKNOWN_ID} for those that are not there; no start, no end. */
  public int[] encode(List<String> words) {
    return words.stream()
        .mapToInt(word -> vocabulary.contains(word) ? vocabulary.id(word) : UNKNOWN_ID)
        .toArray();
  }

  /** The words of ids. */
  public List<String> decode(int[] ids) {
    List<String> words = new ArrayList<>(ids.length);
    for (int id : ids) {
      words.add(vocabulary.token(id));
    }
    return List.copyOf(words);
  }
}
