package org.lm4j.task.caption;

import java.util.List;

/**
 * ROUGE-L (Lin, "ROUGE: A Package for Automatic Evaluation of Summaries", 2004), computed as in
 * coco-caption.
 *
 * <p>With l the length of the longest common subsequence of caption and reference, precision is l
 * over the caption's length and recall l over the reference's. Each is maximised over the
 * references independently, and with β = 1.2 the score is (1 + β²)·P·R / (R + β²·P), 0 if either is
 * 0. A corpus has the mean of its captions.
 */
public final class RougeL {
  private static final double BETA_SQUARED = 1.2 * 1.2;

  private RougeL() {}

  /** Returns the mean score of the captions, from 0 to 1; 0 if there are none. */
  public static double score(List<ScoredCaption> captions) {
    return captions.stream().mapToDouble(RougeL::score).average().orElse(0);
  }

  /** Returns one caption's score, from 0 to 1. */
  public static double score(ScoredCaption caption) {
    double precision = 0;
    double recall = 0;
    for (List<String> reference : caption.references()) {
      int common = commonSubsequence(caption.words(), reference);
      if (common > 0) {
        precision = Math.max(precision, (double) common / caption.words().size());
        recall = Math.max(recall, (double) common / reference.size());
      }
    }
    return precision == 0
        ? 0
        : (1 + BETA_SQUARED) * precision * recall / (recall + BETA_SQUARED * precision);
  }

  /**
   * Returns the length of the longest common subsequence, by the usual table, one row at a time.
   */
  static int commonSubsequence(List<String> a, List<String> b) {
    int[] row = new int[b.size() + 1];
    for (String word : a) {
      int diagonal = 0;
      for (int j = 1; j <= b.size(); j++) {
        int above = row[j];
        row[j] = word.equals(b.get(j - 1)) ? diagonal + 1 : Math.max(above, row[j - 1]);
        diagonal = above;
      }
    }
    return row[b.size()];
  }
}
