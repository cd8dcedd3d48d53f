package org.lm4j.nn.softmax;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the cutoffs of an adaptive softmax by the time that a step of training is expected to
 * take, from the counts of the words (section 4.3 of Grave et al., 2017, with another model of
 * time).
 *
 * <p>The head has at least 2,000 words, or a fifth of a small vocabulary, and at least a
 * twenty-fifth of a large one: a larger head costs time, a smaller one accuracy, since it alone has
 * the full width. Up to three clusters follow, whose inputs have at least 8 numbers. Among these
 * the time of a row is estimated as the sum of {@code classes · (width + 32) · (share + 1/50)} over
 * head and clusters, where the share is the part of the text that is in the cluster, 1 for the
 * head: a logit costs a product of that width, and its softmax as much as 32 multiplications;
 * weights cost something even if no row needs them.
 */
final class ClusterChoice {
  private static final int HEAD = 2000;
  private static final int SMALL_SHARE = 5;
  private static final int LARGE_SHARE = 25;
  private static final int MOST_CLUSTERS = 3;
  private static final int LEAST_WIDTH = 8;
  private static final double SOFTMAX = 32;
  private static final double WEIGHTS = 0.02;
  private static final double GROWTH = 1.25; // of the cutoffs tried

  private final long[] before; // occurrences of the words before each
  private final int inputs;
  private final double divisor;
  private final List<Integer> tried = new ArrayList<>();
  private final List<Integer> current = new ArrayList<>();
  private double least = Double.POSITIVE_INFINITY;
  private @Nullable List<Integer> best;

  private ClusterChoice(long[] counts, int inputs, double divisor) {
    this.inputs = inputs;
    this.divisor = divisor;
    this.before = new long[counts.length + 1];
    for (int i = 0; i < counts.length; i++) {
      before[i + 1] = before[i] + counts[i];
    }
    int words = counts.length;
    double smallest = Math.max(Math.min(HEAD, words / SMALL_SHARE), words / LARGE_SHARE);
    int last = 0;
    for (double cutoff = Math.max(1, smallest); cutoff < words; cutoff *= GROWTH) {
      if ((int) cutoff > last) {
        last = (int) cutoff;
        tried.add(last);
      }
    }
  }

  /**
   * Returns the cutoffs.
   *
   * @param counts of each word in the training text, sorted in falling order, at least two
   */
  static List<Integer> of(long[] counts, int inputs, double divisor) {
    ClusterChoice choice = new ClusterChoice(counts, inputs, divisor);
    for (int i = 0; i < choice.tried.size(); i++) {
      int head = choice.tried.get(i);
      choice.extend(i, time(0, head, 1, inputs));
    }
    List<Integer> found = choice.best;
    if (found == null) {
      throw new IllegalArgumentException(
          "adaptive softmax needs at least two words, not " + counts.length);
    }
    return found;
  }

  /** Adds the cutoff with index {@code at} to the current ones, and all that may follow it. */
  private void extend(int at, double time) {
    current.add(tried.get(at));
    int words = before.length - 1;
    int from = tried.get(at);
    int cluster = current.size() - 1;
    double last = time + time(from, words, share(from, words), width(cluster));
    if (last < least) {
      least = last;
      best = List.copyOf(current);
    }
    if (current.size() < MOST_CLUSTERS && width(cluster + 1) >= LEAST_WIDTH) {
      for (int next = at + 1; next < tried.size(); next++) {
        int to = tried.get(next);
        extend(next, time + time(from, to, share(from, to), width(cluster)));
      }
    }
    current.removeLast();
  }

  private double width(int cluster) {
    return Math.floor(inputs / Math.pow(divisor, cluster + 1));
  }

  private double share(int from, int to) {
    return (double) (before[to] - before[from]) / Math.max(1, before[before.length - 1]);
  }

  private static double time(int from, int to, double share, double width) {
    return (to - from) * (width + SOFTMAX) * (share + WEIGHTS);
  }
}
