package org.lm4j.ngram;

/**
 * The three discounts of modified Kneser-Ney smoothing for n-grams of one length (Chen and Goodman,
 * "An Empirical Study of Smoothing Techniques for Language Modeling", 1998, equation 26): with
 * {@code n[j]} the number of n-grams that occur {@code j} times and {@code Y = n[1] / (n[1] + 2
 * n[2])}, {@code D[j] = j - (j + 1) Y n[j + 1] / n[j]}.
 *
 * <p>Where one of {@code n[1]}, {@code n[2]}, {@code n[3]} is 0 or a discount would be negative, as
 * in texts of few types or that repeat themselves, all three are {@link #FALLBACK}, which are those
 * of KenLM's {@code --discount_fallback}.
 *
 * @param one what is subtracted from a count of 1
 * @param two from 2
 * @param three from 3 and more
 * @param estimated whether they were estimated from the counts
 */
public record Discounts(double one, double two, double three, boolean estimated) {
  /** What is used where the counts allow no estimate: 0.5, 1 and 1.5. */
  public static final Discounts FALLBACK = new Discounts(0.5, 1, 1.5, false);

  /**
   * Estimates the discounts.
   *
   * @param n {@code n[j]} n-grams occur {@code j} times, for {@code j} from 1 to 4
   */
  static Discounts of(long[] n) {
    if (n[1] == 0 || n[2] == 0 || n[3] == 0) {
      return FALLBACK;
    }
    double y = (double) n[1] / (n[1] + 2 * n[2]);
    double[] d = new double[4];
    for (int j = 1; j <= 3; j++) {
      d[j] = j - (j + 1) * y * n[j + 1] / n[j];
      if (d[j] < 0) {
        return FALLBACK;
      }
    }
    return new Discounts(d[1], d[2], d[3], true);
  }

  /** Returns what is subtracted from a count, which is at least 1. */
  double of(long count) {
    return count == 1 ? one : count == 2 ? two : three;
  }
}
