package org.lm4j.ngram;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Modified Kneser-Ney smoothing a second time, from the formulas, with maps of lists. */
final class SlowKneserNey {
  private final int order;
  private final int vocabulary;
  private final List<Integer> pruned;
  private final Map<List<Integer>, Long> occurrences = new HashMap<>();
  private final Map<List<Integer>, Set<Integer>> preceding = new HashMap<>();
  private final Map<List<Integer>, List<Integer>> following = new HashMap<>();
  private final double[][] discounts;

  /** Sentences are what follows a beginning, their ends included. */
  SlowKneserNey(int order, int vocabulary, List<List<Integer>> sentences, List<Integer> pruned) {
    this.order = order;
    this.vocabulary = vocabulary;
    this.pruned = pruned;
    for (List<Integer> sentence : sentences) {
      List<Integer> whole = new ArrayList<>(List.of(vocabulary));
      whole.addAll(sentence);
      for (int end = 2; end <= whole.size(); end++) {
        for (int start = Math.max(0, end - order); start < end; start++) {
          List<Integer> gram = List.copyOf(whole.subList(start, end));
          occurrences.merge(gram, 1L, Long::sum);
          if (start > 0) {
            preceding.computeIfAbsent(gram, _ -> new HashSet<>()).add(whole.get(start - 1));
          }
        }
      }
    }
    for (List<Integer> gram : occurrences.keySet()) {
      following
          .computeIfAbsent(gram.subList(0, gram.size() - 1), _ -> new ArrayList<>())
          .add(gram.getLast());
    }
    this.discounts = discounts();
  }

  private double[][] discounts() {
    double[][] all = new double[order + 1][];
    for (int k = 1; k <= order; k++) {
      double[] n = new double[5];
      for (List<Integer> gram : occurrences.keySet()) {
        if (gram.size() == k && count(gram) < 5) {
          n[(int) count(gram)]++;
        }
      }
      double y = n[1] / (n[1] + 2 * n[2]);
      double[] d = {0, 1 - 2 * y * n[2] / n[1], 2 - 3 * y * n[3] / n[2], 3 - 4 * y * n[4] / n[3]};
      boolean good = n[1] > 0 && n[2] > 0 && n[3] > 0 && d[1] >= 0 && d[2] >= 0 && d[3] >= 0;
      all[k] = good ? d : new double[] {0, 0.5, 1, 1.5};
    }
    return all;
  }

  double[] discounts(int length) {
    return discounts[length];
  }

  private long occurrences(List<Integer> gram) {
    return Objects.requireNonNull(occurrences.get(gram));
  }

  private long count(List<Integer> gram) {
    boolean plain = gram.size() == order || gram.getFirst() == vocabulary;
    return plain ? occurrences(gram) : Objects.requireNonNull(preceding.get(gram)).size();
  }

  private boolean kept(List<Integer> gram) {
    int k = gram.size();
    return k < 2
        || pruned.isEmpty()
        || occurrences(gram) > pruned.get(Math.min(k, pruned.size()) - 1);
  }

  /** The probability of a token after any number of others. */
  double probability(List<Integer> context, int token) {
    if (context.size() >= order) {
      return probability(context.subList(context.size() - order + 1, context.size()), token);
    }
    List<Integer> shorter = context.isEmpty() ? context : context.subList(1, context.size());
    List<Integer> tokens = following.get(context);
    if (tokens == null || (context.size() > 1 && !kept(context))) {
      return probability(shorter, token);
    }
    double sum = 0;
    double rest = 0;
    double own = 0;
    for (int next : tokens) {
      List<Integer> gram = new ArrayList<>(context);
      gram.add(next);
      long count = count(gram);
      double discount = discounts[gram.size()][(int) Math.min(3, count)];
      sum += count;
      rest += kept(gram) ? discount : count;
      if (next == token && kept(gram)) {
        own = count - discount;
      }
    }
    double lower = context.isEmpty() ? 1.0 / vocabulary : probability(shorter, token);
    return own / sum + rest / sum * lower;
  }
}
