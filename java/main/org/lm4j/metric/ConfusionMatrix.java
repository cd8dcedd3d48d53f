package org.lm4j.metric;

import java.util.Objects;

/** How often each class was taken for each other one. */
public final class ConfusionMatrix {
  private final int classes;
  private final long[] counts;
  private long total;
  private long correct;

  /**
   * Of nothing yet.
   *
   * @throws IllegalArgumentException if there is no class, or more than fit a square matrix
   */
  public ConfusionMatrix(int classes) {
    if (classes < 1 || classes > 46_340) {
      throw new IllegalArgumentException(classes + " classes");
    }
    this.classes = classes;
    this.counts = new long[classes * classes];
  }

  /**
   * Counts one answer.
   *
   * @throws IndexOutOfBoundsException if there is no such class
   */
  public void add(int actual, int predicted) {
    Objects.checkIndex(actual, classes);
    Objects.checkIndex(predicted, classes);
    counts[actual * classes + predicted]++;
    total++;
    correct += actual == predicted ? 1 : 0;
  }

  /** Number of classes. */
  public int classes() {
    return classes;
  }

  /**
   * How often {@code actual} was taken for {@code predicted}.
   *
   * @throws IndexOutOfBoundsException if there is no such class
   */
  public long count(int actual, int predicted) {
    Objects.checkIndex(actual, classes);
    Objects.checkIndex(predicted, classes);
    return counts[actual * classes + predicted];
  }

  /** Number of answers. */
  public long total() {
    return total;
  }

  /** The share of right answers, NaN if there are none at all. */
  public double accuracy() {
    return total == 0 ? Double.NaN : (double) correct / total;
  }

  /**
   * The share of right answers among those whose class is {@code actual}, NaN if there are none.
   */
  public double recall(int actual) {
    long all = 0;
    for (int predicted = 0; predicted < classes; predicted++) {
      all += count(actual, predicted);
    }
    return all == 0 ? Double.NaN : (double) count(actual, actual) / all;
  }

  /** The share of right answers among the answers {@code predicted}, NaN if there are none. */
  public double precision(int predicted) {
    long all = 0;
    for (int actual = 0; actual < classes; actual++) {
      all += count(actual, predicted);
    }
    return all == 0 ? Double.NaN : (double) count(predicted, predicted) / all;
  }
}
