package org.lm4j.text;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How often each token was seen, to make a vocabulary of. */
public final class TokenCounts {
  private final Map<String, Integer> counts = new HashMap<>();

  /** Counts one more. */
  public void add(String token) {
    counts.merge(token, 1, Integer::sum);
  }

  /** Counts the characters (code points) of a word. */
  public void addCharacters(String word) {
    word.codePoints().forEach(character -> add(Character.toString(character)));
  }

  /** How often it was seen. */
  public int count(String token) {
    return counts.getOrDefault(token, 0);
  }

  /** The different tokens, the most frequent first, equally frequent ones by code units. */
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
   * A vocabulary that begins with {@code <unk>}, id 0, and goes on with {@link #tokens}.
   *
   * @param minCount how often a token must have been seen, at least 1
   */
  public Vocabulary vocabulary(Level level, int minCount) {
    List<String> tokens = new ArrayList<>(List.of(Vocabulary.UNKNOWN));
    tokens(minCount).stream()
        .filter(token -> !token.equals(Vocabulary.UNKNOWN))
        .forEach(tokens::add);
    return Vocabulary.of(level, tokens);
  }
}
