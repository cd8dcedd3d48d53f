package org.lm4j.metric;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Counts how often each class was predicted as each other one. Memory grows with the pairs that
 * occurred, not with all pairs of classes.
 */
public final class ConfusionMatrix {
  private final int classes;
  private final Map<Long, Long> counts = new HashMap<>(); // by actual · classes + predicted
  private final long[] actual;
  private final long[] predicted;
  private long total;
  private long correct;

  /**
   * Creates an empty matrix.
   *
   * @throws IllegalArgumentException if there is no class
   */
  public ConfusionMatrix(int classes) {
    if (classes < 1) {
      throw new IllegalArgumentException(classes + " classes");
    }
    this.classes = classes;
    this.actual = new long[classes];
    this.predicted = new long[classes];
  }

  /**
   * A kind of wrong answer.
   *
   * @param count the number of times it was given
   */
  public record Confusion(int actual, int predicted, long count) {}

  /**
   * Counts one answer.
   *
   * @throws IndexOutOfBoundsException if there is no such class
   */
  public void add(int actual, int predicted) {
    counts.merge(key(actual, predicted), 1L, Long::sum);
    this.actual[actual]++;
    this.predicted[predicted]++;
    total++;
    correct += actual == predicted ? 1 : 0;
  }

  private long key(int actual, int predicted) {
    Objects.checkIndex(actual, classes);
    Objects.checkIndex(predicted, classes);
    return (long) actual * classes + predicted;
  }

  /** Returns the number of classes. */
  public int classes() {
    return classes;
  }

  /**
   * Returns how often {@code actual} was predicted as {@code predicted}.
   *
   * @throws IndexOutOfBoundsException if there is no such class
   */
  public long count(int actual, int predicted) {
    return counts.getOrDefault(key(actual, predicted), 0L);
  }

  /**
   * Returns the number of examples of a class.
   *
   * @throws IndexOutOfBoundsException if there is no such class
   */
  public long actual(int actual) {
    return this.actual[Objects.checkIndex(actual, classes)];
  }

  /**
   * Returns all wrong answers that occurred, the most frequent first, then in the order of classes.
   */
  public List<Confusion> confusions() {
    List<Confusion> confusions = new ArrayList<>();
    counts.forEach(
        (key, count) -> {
          Confusion each = new Confusion((int) (key / classes), (int) (key % classes), count);
          if (each.actual() != each.predicted()) {
            confusions.add(each);
          }
        });
    confusions.sort(
        Comparator.comparingLong((Confusion each) -> -each.count())
            .thenComparingInt(Confusion::actual)
            .thenComparingInt(Confusion::predicted));
    return confusions;
  }

  /** Returns the number of answers. */
  public long total() {
    return total;
  }

  /** Returns the fraction of correct answers, NaN if there are no answers. */
  public double accuracy() {
    return total == 0 ? Double.NaN : (double) correct / total;
  }

  /**
   * Returns the recall of a class: the fraction of correct answers among its examples, NaN if there
   * are none.
   */
  public double recall(int actual) {
    long all = actual(actual);
    return all == 0 ? Double.NaN : (double) count(actual, actual) / all;
  }

  /**
   * Returns the precision of a class: the fraction of correct answers among those that predict it,
   * NaN if there are none.
   */
  public double precision(int predicted) {
    long all = this.predicted[Objects.checkIndex(predicted, classes)];
    return all == 0 ? Double.NaN : (double) count(predicted, predicted) / all;
  }

  /**
   * Returns the number of answers that predict a class.
   *
   * @throws IndexOutOfBoundsException if there is no such class
   */
  public long predicted(int predicted) {
    return this.predicted[Objects.checkIndex(predicted, classes)];
  }

  /**
   * Returns the F1 of a class, the harmonic mean of its precision and recall: {@code 2 c / (a +
   * p)}, with {@code c} correct answers, {@code a} examples and {@code p} answers that predict it;
   * NaN if it has neither examples nor predictions.
   */
  public double f1(int label) {
    long both = actual(label) + predicted(label);
    return both == 0 ? Double.NaN : 2.0 * count(label, label) / both;
  }

  /**
   * Returns the mean of the F1 of all classes that have examples or predictions, each counting the
   * same (macro-averaged F1); NaN if there are none.
   */
  public double macroF1() {
    return IntStream.range(0, classes)
        .mapToDouble(this::f1)
        .filter(Double::isFinite)
        .average()
        .orElse(Double.NaN);
  }
}
