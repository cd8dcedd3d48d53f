package org.lm4j.decode;

import java.util.Arrays;
import java.util.Objects;
import org.lm4j.compute.BackendException;

/**
 * The candidate tokens and their weights, in buffers of size V that are reused for every token.
 * While no token has been filtered out they are in the order of their ids with a sum for each
 * block, so that sampling skips most of them. The top-k filter builds a max-heap, which costs O(V +
 * k log V) instead of a full sort.
 */
final class Candidates {
  private static final int BLOCK = 256;

  private final int[] banned; // ids
  private final double[] weight; // (V), by id
  private final double[] blockSum; // of weights
  private final int[] heap; // (V), ids; the first `count` form the heap
  private boolean whole = true; // whether nothing was left out and there is no heap
  private int count;
  private double total;

  Candidates(int vocabulary, int... banned) {
    for (int id : banned) {
      Objects.checkIndex(id, vocabulary);
    }
    this.banned = banned.clone();
    this.weight = new double[vocabulary];
    this.blockSum = new double[(vocabulary + BLOCK - 1) / BLOCK];
    this.heap = new int[vocabulary];
  }

  /** Returns the allowed id with the largest logit, the lowest among equals. */
  int argmax(double[] logits) {
    double max = takeAllowed(logits);
    int id = 0;
    while (weight[id] != max) {
      id++;
    }
    return id;
  }

  /** Fills in all tokens with weight {@code exp((logit - max) / temperature)} above zero. */
  void fill(double[] logits, double temperature) {
    double max = takeAllowed(logits);
    double factor = 1 / temperature;
    whole = true;
    total = 0;
    for (int block = 0; block < blockSum.length; block++) {
      int from = block * BLOCK;
      double sum = NegativeExp.ofDifferences(weight, from, end(block), max, factor);
      blockSum[block] = sum;
      total += sum;
    }
  }

  /**
   * Copies the logits to {@code weight}, with minus infinity for banned ids; returns the largest.
   */
  private double takeAllowed(double[] logits) {
    if (logits.length != weight.length) {
      throw new IllegalArgumentException(
          "got " + logits.length + " logits for a vocabulary of " + weight.length);
    }
    System.arraycopy(logits, 0, weight, 0, logits.length);
    for (int id : banned) {
      weight[id] = Double.NEGATIVE_INFINITY;
    }
    double max = largest(weight);
    if (!(max < Double.POSITIVE_INFINITY)) { // also where one is NaN
      throw damaged(weight);
    }
    if (max == Double.NEGATIVE_INFINITY) {
      throw new BackendException(
          "no token is left to pick: each is banned or has the logit minus infinity");
    }
    return max;
  }

  /** Returns the maximum, or NaN if there is one; computed in four independent chains. */
  private static double largest(double[] values) {
    double max0 = Double.NEGATIVE_INFINITY;
    double max1 = max0;
    double max2 = max0;
    double max3 = max0;
    int i = 0;
    for (; i + 4 <= values.length; i += 4) {
      max0 = Math.max(max0, values[i]);
      max1 = Math.max(max1, values[i + 1]);
      max2 = Math.max(max2, values[i + 2]);
      max3 = Math.max(max3, values[i + 3]);
    }
    for (; i < values.length; i++) {
      max0 = Math.max(max0, values[i]);
    }
    return Math.max(Math.max(max0, max1), Math.max(max2, max3));
  }

  private static BackendException damaged(double[] logits) {
    int id = 0;
    while (logits[id] < Double.POSITIVE_INFINITY) {
      id++;
    }
    return new BackendException(
        "the model gave the logit "
            + logits[id]
            + " for token "
            + id
            + "; its weights are damaged or its training diverged");
  }

  /**
   * Applies the top-k and top-p filters: keeps the {@code topK} heaviest tokens (0 for all), and of
   * these the smallest set of the heaviest whose weight is at least {@code topP} of their total.
   */
  void keep(int topK, double topP) {
    if (topK == 0 && topP == 1) {
      return;
    }
    gather();
    int limit = topK == 0 ? count : Math.min(topK, count);
    if (limit == count && topP == 1) {
      return;
    }
    for (int i = count / 2 - 1; i >= 0; i--) {
      sink(i);
    }
    int size = count;
    int taken = 0;
    double sum = 0;
    // Without top-k the mass is already known, and nothing beyond the nucleus needs to be ordered.
    double enough = limit == count ? topP * total : Double.POSITIVE_INFINITY;
    while (taken < limit && sum < enough) {
      sum += weight[pop()];
      taken++;
    }
    // Each pop left its id after the heap: the chosen ones, heaviest last.
    reverse(size - taken, size);
    System.arraycopy(heap, size - taken, heap, 0, taken);
    if (limit < size && topP < 1) {
      double all = sum;
      sum = 0;
      taken = 0;
      while (sum < topP * all) {
        sum += weight[heap[taken++]];
      }
    }
    count = taken;
    total = sum;
  }

  /**
   * Applies the min-p filter: keeps the tokens whose weight is at least {@code minP} times that of
   * the heaviest, which is never left out.
   */
  void keepLikely(double minP) {
    if (minP == 0) {
      return;
    }
    if (whole) {
      gather();
    }
    double heaviest = 0;
    for (int i = 0; i < count; i++) {
      heaviest = Math.max(heaviest, weight[heap[i]]);
    }
    int kept = 0;
    total = 0;
    for (int i = 0; i < count; i++) {
      if (weight[heap[i]] >= minP * heaviest) {
        total += weight[heap[i]];
        heap[kept++] = heap[i];
      }
    }
    count = kept;
  }

  /** Lists all ids of weight above zero. */
  private void gather() {
    whole = false;
    count = 0;
    for (int id = 0; id < weight.length; id++) {
      if (weight[id] > 0) {
        heap[count++] = id;
      }
    }
  }

  /** Returns the candidate selected by {@code u} in [0, 1) from the cumulative weights. */
  int at(double u) {
    double rest = u * total;
    if (whole) {
      return amongAll(rest);
    }
    for (int i = 0; i < count - 1; i++) {
      rest -= weight[heap[i]];
      if (rest < 0) {
        return heap[i];
      }
    }
    return heap[count - 1]; // Also if rounding left a remainder.
  }

  private int amongAll(double mass) {
    double rest = mass;
    int heavy = 0; // the last block with a weight above zero
    for (int block = 0; block < blockSum.length; block++) {
      if (rest < blockSum[block]) {
        return within(block, rest);
      }
      rest -= blockSum[block];
      heavy = blockSum[block] > 0 ? block : heavy;
    }
    return within(heavy, Double.POSITIVE_INFINITY); // Rounding left a remainder: the last one.
  }

  private int within(int block, double mass) {
    double rest = mass;
    int last = -1; // of weight above zero
    for (int id = block * BLOCK; id < end(block) && rest >= 0; id++) {
      rest -= weight[id];
      last = weight[id] > 0 ? id : last;
    }
    return last;
  }

  private int end(int block) {
    return Math.min(weight.length, (block + 1) * BLOCK);
  }

  /** Returns the remaining ids, in no particular order; for tests. */
  int[] ids() {
    if (whole) {
      gather();
    }
    return Arrays.copyOf(heap, count);
  }

  private int pop() {
    int top = heap[0];
    count--;
    heap[0] = heap[count];
    heap[count] = top;
    sink(0);
    return top;
  }

  private void sink(int from) {
    int parent = from;
    while (true) {
      int child = 2 * parent + 1;
      if (child >= count) {
        return;
      }
      if (child + 1 < count && heavier(heap[child + 1], heap[child])) {
        child++;
      }
      if (!heavier(heap[child], heap[parent])) {
        return;
      }
      int id = heap[parent];
      heap[parent] = heap[child];
      heap[child] = id;
      parent = child;
    }
  }

  /**
   * Orders ids by weight; the lower id comes first among equals, so that the choice does not depend
   * on the heap.
   */
  private boolean heavier(int a, int b) {
    return weight[a] > weight[b] || (weight[a] == weight[b] && a < b);
  }

  private void reverse(int from, int to) {
    for (int i = from, j = to - 1; i < j; i++, j--) {
      int id = heap[i];
      heap[i] = heap[j];
      heap[j] = id;
    }
  }
}
