package org.lm4j.generate;

import java.util.Arrays;
import java.util.Objects;
import org.lm4j.compute.BackendException;

/**
 * The tokens that can be picked and their weights: a maximum heap over buffers of size V that serve
 * every token, so that taking the likeliest k costs O(V + k log V) and not a sort.
 */
final class Candidates {
  private final boolean[] banned; // (V)
  private final double[] weight; // (V), by id
  private final int[] heap; // (V), ids; the first `count` form the heap
  private int count;
  private double total;

  Candidates(int vocabulary, int... banned) {
    this.banned = new boolean[vocabulary];
    this.weight = new double[vocabulary];
    this.heap = new int[vocabulary];
    for (int id : banned) {
      this.banned[Objects.checkIndex(id, vocabulary)] = true;
    }
  }

  /** The allowed id with the largest logit, the lowest among equals. */
  int likeliest(double[] logits) {
    if (logits.length != banned.length) {
      throw new IllegalArgumentException(
          "got " + logits.length + " logits for a vocabulary of " + banned.length);
    }
    int best = -1;
    for (int id = 0; id < logits.length; id++) {
      double logit = logits[id];
      if (Double.isNaN(logit) || logit == Double.POSITIVE_INFINITY) {
        throw new BackendException(
            "the model gave the logit "
                + logit
                + " for token "
                + id
                + "; its weights are damaged or its training diverged");
      }
      if (!banned[id] && logit > Double.NEGATIVE_INFINITY && (best < 0 || logit > logits[best])) {
        best = id;
      }
    }
    if (best < 0) {
      throw new BackendException(
          "no token is left to pick: each is banned or has the logit minus infinity");
    }
    return best;
  }

  /** Takes in all tokens with weight {@code exp((logit - max) / temperature)}, where above zero. */
  void fill(double[] logits, double temperature) {
    double max = logits[likeliest(logits)];
    count = 0;
    total = 0;
    for (int id = 0; id < logits.length; id++) {
      double w = banned[id] ? 0 : Math.exp((logits[id] - max) / temperature);
      weight[id] = w;
      if (w > 0) {
        heap[count++] = id;
        total += w;
      }
    }
  }

  /**
   * Keeps the {@code topK} heaviest (0 for all), and of these the smallest set of heaviest whose
   * weight is at least {@code topP} of theirs.
   */
  void keep(int topK, double topP) {
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
    // Without top-k the mass is known already, and nothing beyond the nucleus need be ordered.
    double enough = limit == count ? topP * total : Double.POSITIVE_INFINITY;
    while (taken < limit && sum < enough) {
      sum += weight[pop()];
      taken++;
    }
    // Each pop left its id behind the heap: the taken ones, heaviest last.
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

  /** The candidate on which {@code u} in [0, 1) falls when they lie side by side. */
  int at(double u) {
    double rest = u * total;
    for (int i = 0; i < count - 1; i++) {
      rest -= weight[heap[i]];
      if (rest < 0) {
        return heap[i];
      }
    }
    return heap[count - 1]; // Also where rounding left a rest.
  }

  /** The ids still there, in no order; for tests. */
  int[] ids() {
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

  /** The lower id comes first among equals, so that the choice does not depend on the heap. */
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
