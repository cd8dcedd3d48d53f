package org.lm4j.task.embed;

import java.util.stream.IntStream;

/**
 * How many occurrences of frequent words are kept: they tell little of what stands near them. With
 * f the part of the text a word makes up and t a threshold, an occurrence is kept with probability
 */
public enum Subsampling {
  /** {@code √(t/f)}: equation 5 of Mikolov et al., 2013, where {@code 1 - √(t/f)} are left out. */
  PAPER("paper"),
  /** {@code √(t/f) + t/f}: what word2vec.c and gensim do, which keeps a little more. */
  WORD2VEC("word2vec");

  private final String label;

  Subsampling(String label) {
    this.label = label;
  }

  /** The name on the command line and in files. */
  public String label() {
    return label;
  }

  /**
   * The formula of that label.
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
   * The probability of keeping an occurrence.
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
   * The same for all words as thresholds of 32 random bits read unsigned: below it an occurrence is
   * kept. What has no count is never kept.
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
