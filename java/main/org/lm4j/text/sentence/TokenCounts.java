package org.lm4j.text.sentence;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;

/** Counts tokens, to build a vocabulary from. */
public final class TokenCounts {
  private final Map<String, Integer> counts = new HashMap<>();

  /** Creates an empty table. */
  public TokenCounts() {}

  /** Counts one occurrence of a token. */
  public void add(String token) {
    counts.merge(token, 1, Integer::sum);
  }

  /** Counts the characters (code points) of a word. */
  public void addCharacters(String word) {
    word.codePoints().forEach(character -> add(Character.toString(character)));
  }

  /** Returns the distinct tokens in order of falling frequency, ties by code units. */
  public List<String> tokens(int minCount) {
    return counts.entrySet().stream()
        .filter(entry -> entry.getValue() >= minCount)
        .sorted(
            Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
                .thenComparing(Map.Entry.comparingByKey()))
        .map(Map.Entry::getKey)
        .toList();
  }

  /**
   * Builds a vocabulary of {@code <unk>}, id 0, followed by {@link #tokens}.
   *
   * @param minCount the number of times a token must occur, at least 1
   */
  public Vocabulary vocabulary(Level level, int minCount) {
    List<String> tokens = new ArrayList<>(List.of(Vocabulary.UNKNOWN));
    tokens(minCount).stream()
        .filter(token -> !token.equals(Vocabulary.UNKNOWN))
        .forEach(tokens::add);
    return Vocabulary.of(level, tokens);
  }
}
