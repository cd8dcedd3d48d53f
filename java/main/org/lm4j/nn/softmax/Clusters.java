package org.lm4j.nn.softmax;

import java.util.ArrayList;
import java.util.List;

/**
 * The shape of an adaptive softmax: how the words, sorted by falling frequency, are divided into a
 * head and clusters, and how wide each part is.
 *
 * <p>With cutoffs {@code c[0] < c[1] < …} the head has the words {@code 0 … c[0] - 1} and one class
 * for each cluster. Cluster {@code i} has the words {@code c[i] … c[i + 1] - 1}, the last one those
 * up to {@code V - 1}; its input is projected to {@code ⌊H / d^(i + 1)⌋} numbers.
 *
 * @param words {@code V}
 * @param inputs width {@code H} of the input
 * @param cutoffs ascending, each above 0 and below {@code V}; at least one
 * @param divisor {@code d}, at least 1
 */
public record Clusters(int words, int inputs, List<Integer> cutoffs, double divisor) {
  /** The target of a word in the head. */
  public static final int HEAD = -1;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is broken, or the last cluster's input would be
   *     projected to nothing
   */
  public Clusters {
    cutoffs = List.copyOf(cutoffs);
    if (cutoffs.isEmpty()) {
      throw new IllegalArgumentException("adaptive softmax needs at least one cutoff");
    }
    int before = 0;
    for (int cutoff : cutoffs) {
      if (cutoff <= before || cutoff >= words) {
        throw new IllegalArgumentException(
            "the cutoffs %s must ascend between 0 and the %d words of the vocabulary"
                .formatted(cutoffs, words));
      }
      before = cutoff;
    }
    if (!(divisor >= 1)) {
      throw new IllegalArgumentException("the divisor must be at least 1, not " + divisor);
    }
    if (inputs / Math.pow(divisor, cutoffs.size()) < 1) {
      throw new IllegalArgumentException(
          "hidden %d divided by %s for each of %d clusters leaves no width for the last one; use fewer cutoffs or a smaller divisor"
              .formatted(inputs, divisor, cutoffs.size()));
    }
  }

  /**
   * Returns a division chosen by the time that training is expected to take.
   *
   * @param counts of each word in the training text, sorted in falling order, at least two
   * @throws IllegalArgumentException if there are fewer, or the inputs are too narrow for a cluster
   */
  public static Clusters choose(long[] counts, int inputs, double divisor) {
    return new Clusters(counts.length, inputs, ClusterChoice.of(counts, inputs, divisor), divisor);
  }

  /** Returns the number of clusters. */
  public int count() {
    return cutoffs.size();
  }

  /** Returns the number of words in the head. */
  public int headWords() {
    return cutoffs.getFirst();
  }

  /** Returns the number of classes in the head, the clusters included. */
  public int headClasses() {
    return headWords() + count();
  }

  /** Returns the first word of a cluster. */
  public int first(int cluster) {
    return cutoffs.get(cluster);
  }

  /** Returns the number of words in a cluster. */
  public int size(int cluster) {
    return (cluster + 1 < count() ? cutoffs.get(cluster + 1) : words) - first(cluster);
  }

  /** Returns the width that a cluster's input is projected to. */
  public int width(int cluster) {
    return (int) Math.floor(inputs / Math.pow(divisor, cluster + 1));
  }

  /** Returns the cluster of a word, {@link #HEAD} if it is in the head. */
  public int of(int word) {
    int cluster = HEAD;
    while (cluster + 1 < count() && word >= first(cluster + 1)) {
      cluster++;
    }
    return cluster;
  }

  /** Returns the class in the head that a word belongs to: its own, or that of its cluster. */
  public int headClass(int word) {
    int cluster = of(word);
    return cluster == HEAD ? word : headWords() + cluster;
  }

  /** Returns the number of weights. */
  public long weights() {
    long sum = (long) headClasses() * (inputs + 1L);
    for (int i = 0; i < count(); i++) {
      sum += (long) width(i) * inputs + (long) size(i) * width(i);
    }
    return sum;
  }

  /** Returns the names of the weights of PyTorch's AdaptiveLogSoftmaxWithLoss, head first. */
  List<String> names() {
    List<String> names = new ArrayList<>(List.of("head.weight", "head.bias"));
    for (int i = 0; i < count(); i++) {
      names.add("tail." + i + ".0.weight");
      names.add("tail." + i + ".1.weight");
    }
    return names;
  }
}
