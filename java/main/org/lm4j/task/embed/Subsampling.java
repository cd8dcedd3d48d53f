package org.lm4j.task.embed;

import java.util.stream.IntStream;

/**
 * Subsampling of frequent words, which carry little information about their context. With f the
 * relative frequency of a word and t a threshold, an occurrence is kept with probability
 */
public enum Subsampling {
  /** {@code √(t/f)}: equation 5 of Mikolov et al., 2013, where {@code 1 - √(t/f)} are left out. */
  PAPER("paper"),
  /** {@code √(t/f) + t/f}: the formula of word2vec.c and gensim, which keeps slightly more. */
  WORD2VEC("word2vec");

  private final String label;

  Subsampling(String label) {
    this.label = label;
  }

  /** Returns the name used on the command line and in files. */
  public String label() {
    return label;
  }

  /**
   * Returns the formula with this label.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Subsampling of(String label) {
    for (Subsampling formula : values()) {
      if (formula.label.equals(label)) {
        return formula;
      }
    }
    throw new IllegalArgumentException(
        "unknown formula of subsampling '" + label + "'; there are word2vec and paper");
  }

  /**
   * Returns the probability of keeping an occurrence.
   *
   * @param frequency f, in (0, 1]
   * @param threshold t; 0 keeps all
   */
  public double kept(double frequency, double threshold) {
    if (threshold == 0) {
      return 1;
    }
    double ratio = threshold / frequency;
    double kept = this == PAPER ? Math.sqrt(ratio) : Math.sqrt(ratio) + ratio;
    return Math.min(1, kept);
  }

  /**
   * Returns the probabilities for all words as thresholds of 32 unsigned random bits: an occurrence
   * is kept if the bits are below. A word without a count is never kept.
   */
  long[] thresholds(long[] counts, double threshold) {
    double total = 0;
    for (long count : counts) {
      total += (double) count;
    }
    double all = total;
    return IntStream.range(0, counts.length)
        .mapToLong(
            i ->
                counts[i] == 0
                    ? 0
                    : (long) Math.ceil(0x1p32 * kept((double) counts[i] / all, threshold)))
        .toArray();
  }
}
