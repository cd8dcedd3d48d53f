package org.lm4j.task.caption;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A caption to evaluate, with its references.
 *
 * @param words the caption, without start and end; may be empty
 * @param references at least one, each a list of words
 */
public record ScoredCaption(List<String> words, List<List<String>> references) {
  /**
   * Copies its arguments.
   *
   * @throws IllegalArgumentException if there is no reference
   */
  public ScoredCaption {
    if (references.isEmpty()) {
      throw new IllegalArgumentException("a caption without a reference cannot be evaluated");
    }
    words = List.copyOf(words);
    references = references.stream().map(List::copyOf).toList();
  }

  /** Counts how often each run of exactly {@code n} words occurs in a sentence. */
  static Map<List<String>, Integer> runs(List<String> words, int n) {
    Map<List<String>, Integer> counts = new HashMap<>();
    for (int i = 0; i + n <= words.size(); i++) {
      counts.merge(words.subList(i, i + n), 1, Integer::sum);
    }
    return counts;
  }
}
