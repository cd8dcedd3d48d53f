package org.lm4j.task.caption;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * BLEU of a corpus (Papineni, Roukos, Ward and Zhu, "BLEU: a Method for Automatic Evaluation of
 * Machine Translation", ACL 2002), computed as in coco-caption.
 *
 * <p>Matches and lengths are summed over all captions before division. An n-gram matches at most as
 * often as it occurs in one reference; the reference length of a caption is that of the reference
 * closest to it, the shorter one of two equally close. A corpus shorter than its reference length r
 * is penalised by exp(1 − r / c). There is no smoothing except for two constants that avoid
 * division by zero: if no n-gram matches at all, the score is so small that it prints as 0.
 */
public final class Bleu {
  /** The length of the longest runs of words that are compared. */
  public static final int ORDERS = 4;

  private static final double TINY = 1e-15;
  private static final double SMALL = 1e-9;

  private Bleu() {}

  /**
   * Returns BLEU-1 to BLEU-4, each from 0 to 1: entry n − 1 is the geometric mean of the precisions
   * of runs of 1 to n words, times the brevity penalty.
   */
  public static double[] score(List<ScoredCaption> captions) {
    long[] possible = new long[ORDERS];
    long[] correct = new long[ORDERS];
    long length = 0;
    long referenceLength = 0;
    for (ScoredCaption caption : captions) {
      int words = caption.words().size();
      length += words;
      referenceLength += closestLength(caption);
      for (int n = 1; n <= ORDERS; n++) {
        possible[n - 1] += Math.max(0, words - n + 1);
        correct[n - 1] += matches(caption, n);
      }
    }
    double[] scores = new double[ORDERS];
    double product = 1;
    double ratio = (length + TINY) / (referenceLength + SMALL);
    double penalty = ratio < 1 ? Math.exp(1 - 1 / ratio) : 1;
    for (int n = 1; n <= ORDERS; n++) {
      product *= (correct[n - 1] + TINY) / (possible[n - 1] + SMALL);
      scores[n - 1] = Math.pow(product, 1.0 / n) * penalty;
    }
    return scores;
  }

  /** Returns how many runs of n words match, each at most as often as in one reference. */
  static int matches(ScoredCaption caption, int n) {
    Map<List<String>, Integer> most = new HashMap<>();
    for (List<String> reference : caption.references()) {
      ScoredCaption.runs(reference, n).forEach((run, count) -> most.merge(run, count, Math::max));
    }
    int matches = 0;
    for (Map.Entry<List<String>, Integer> run : ScoredCaption.runs(caption.words(), n).entrySet()) {
      matches += Math.min(run.getValue(), most.getOrDefault(run.getKey(), 0));
    }
    return matches;
  }

  private static int closestLength(ScoredCaption caption) {
    int words = caption.words().size();
    int closest = caption.references().getFirst().size();
    for (List<String> reference : caption.references()) {
      int distance = Math.abs(reference.size() - words);
      int best = Math.abs(closest - words);
      if (distance < best || (distance == best && reference.size() < closest)) {
        closest = reference.size();
      }
    }
    return closest;
  }
}
