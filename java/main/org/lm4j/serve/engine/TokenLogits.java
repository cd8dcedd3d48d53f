package org.lm4j.serve.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.lm4j.compute.BackendException;

/** The logits at one place of a text as log-probabilities: {@code logit - log Σ exp(logit)}. */
final class TokenLogits {
  private final double[] logits;
  private final double logSum;

  /**
   * Computes the normalization.
   *
   * @throws BackendException if a logit is not a number
   */
  TokenLogits(double[] logits) {
    this.logits = logits;
    double max = Double.NEGATIVE_INFINITY;
    for (double logit : logits) {
      max = Math.max(max, logit);
    }
    double sum = 0;
    for (double logit : logits) {
      sum += Math.exp(logit - max);
    }
    this.logSum = max + Math.log(sum);
    if (!Double.isFinite(logSum)) {
      throw new BackendException(
          "the model gave a logit that is not a number; its weights are damaged or its training"
              + " diverged");
    }
  }

  /** Returns the natural logarithm of a token's probability. */
  double logProbability(int id) {
    return logits[id] - logSum;
  }

  /** Returns the most likely tokens, the most likely first, the lowest id first among equals. */
  List<TextToken.Alternative> top(int count) {
    if (count == 0) {
      return List.of();
    }
    Comparator<Integer> worseFirst =
        Comparator.comparingDouble((Integer id) -> logits[id])
            .thenComparing(Comparator.reverseOrder());
    PriorityQueue<Integer> best = new PriorityQueue<>(count + 1, worseFirst);
    for (int id = 0; id < logits.length; id++) {
      if (best.size() < count || logits[id] > logits[best.element()]) {
        best.add(id);
        if (best.size() > count) {
          best.remove();
        }
      }
    }
    List<TextToken.Alternative> top = new ArrayList<>();
    while (!best.isEmpty()) {
      int id = best.remove();
      top.addFirst(new TextToken.Alternative(id, logProbability(id)));
    }
    return top;
  }
}
