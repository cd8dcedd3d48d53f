package org.lm4j.task.caption;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Counts of the runs of words in a sentence. */
final class NGrams {
  private NGrams() {}

  /** Counts each n-gram of exactly {@code n} words. */
  static Map<List<String>, Integer> count(List<String> words, int n) {
    Map<List<String>, Integer> counts = new HashMap<>();
    for (int i = 0; i + n <= words.size(); i++) {
      counts.merge(words.subList(i, i + n), 1, Integer::sum);
    }
    return counts;
  }
}
