package org.lm4j.task.lm.line;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/** Ranks, entropies and most likely tokens of a distribution given by its logits. */
final class Predictions {
  private Predictions() {}

  /**
   * Describes the distribution over what stands at a place of a sequence.
   *
   * @param logits {@code V} of them
   */
  static LineScore.Prediction of(double[] logits, LineScorer.Sequence sequence, int at, int top) {
    LineScore.Prediction prediction = of(logits, sequence.ids[at], top);
    BitSet ends = sequence.wordEnds;
    return ends == null
        ? prediction
        : new LineScore.Prediction(
            prediction.rank(), prediction.entropy(), prediction.top(), wordEnd(logits, ends));
  }

  /** Returns the surprisal of some tokens together, in nats. */
  private static double wordEnd(double[] logits, BitSet ends) {
    double most = Arrays.stream(logits).max().orElse(0);
    double all = 0;
    double some = 0;
    for (int id = 0; id < logits.length; id++) {
      double power = Math.exp(logits[id] - most);
      all += power;
      some += ends.get(id) ? power : 0;
    }
    return Math.log(all) - Math.log(some);
  }

  /**
   * Describes a distribution in which one token was the right one.
   *
   * @param logits {@code V} of them
   * @param target the right token
   * @param top how many of the most likely tokens to keep; of equal ones those of lower ids
   */
  static LineScore.Prediction of(double[] logits, int target, int top) {
    double most = Double.NEGATIVE_INFINITY;
    int rank = 1;
    for (double logit : logits) {
      most = Math.max(most, logit);
      rank += logit > logits[target] ? 1 : 0;
    }
    double sum = 0;
    double weighted = 0; // Σ e^(z - most) (z - most)
    for (double logit : logits) {
      double power = Math.exp(logit - most);
      sum += power;
      weighted += power == 0 ? 0 : power * (logit - most);
    }
    double logSum = Math.log(sum);
    double entropy = Math.max(0, logSum - weighted / sum); // -Σ p ln p
    return new LineScore.Prediction(rank, entropy, top(logits, most + logSum, top));
  }

  private static List<LineScore.Alternative> top(double[] logits, double logTotal, int count) {
    int[] best = new int[Math.min(count, logits.length)];
    int kept = 0;
    for (int id = 0; id < logits.length && best.length > 0; id++) {
      if (kept == best.length && logits[id] <= logits[best[kept - 1]]) {
        continue;
      }
      int at = kept < best.length ? kept++ : kept - 1;
      for (; at > 0 && logits[best[at - 1]] < logits[id]; at--) {
        best[at] = best[at - 1];
      }
      best[at] = id;
    }
    List<LineScore.Alternative> top = new ArrayList<>(kept);
    for (int id : best) {
      top.add(new LineScore.Alternative(id, logTotal - logits[id]));
    }
    return List.copyOf(top);
  }
}
