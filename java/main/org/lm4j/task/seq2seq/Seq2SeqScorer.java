package org.lm4j.task.seq2seq;

import java.util.Arrays;
import org.lm4j.compute.Backend;
import org.lm4j.model.HostCopies;
import org.lm4j.nn.Workspaces;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.sentence.SentenceVocabulary;
import org.lm4j.train.TrainingTask;
import org.lm4j.train.batch.EpochOrder;

/**
 * Evaluates how well a translator predicts each next token of known targets, including ends, given
 * the correct tokens before it. This does not measure the translations it generates itself.
 */
public final class Seq2SeqScorer {
  private static final int ROWS = 64;
  private static final int MOST_TOKENS = 1 << 16; // read side by side: memory has an end

  private Seq2SeqScorer() {}

  /**
   * Scores pairs.
   *
   * @param set at least one pair
   */
  public static TrainingTask.Validation score(Seq2SeqNetwork translator, Seq2SeqData set) {
    int longest = Math.max(set.longestSource(), set.longestTarget() + 1);
    int rows = Math.clamp(MOST_TOKENS / longest, 1, Math.min(ROWS, set.count()));
    try (Workspaces<Seq2SeqBatch.Extent, Seq2SeqBatch> batches = translator.batches(false)) {
      return score(translator.backend(), batches, rows, set);
    }
  }

  static TrainingTask.Validation score(
      Backend backend,
      Workspaces<Seq2SeqBatch.Extent, Seq2SeqBatch> batches,
      int rows,
      Seq2SeqData set) {
    int[] byLength = EpochOrder.byLength(set.count(), set::length);
    double loss = 0;
    long targets = 0;
    long right = 0;
    Tensor lossSum = backend.allocate(1);
    try {
      for (int from = 0; from < byLength.length; from += rows) {
        int to = Math.min(byLength.length, from + rows);
        int[] chosen = Arrays.copyOfRange(byLength, from, to);
        int[][] sources = set.sources(chosen);
        int[][] wanted = set.targets(chosen);
        Seq2SeqBatch batch = batches.of(Seq2SeqBatch.Extent.of(sources, wanted, rows));
        targets += batch.load(sources, wanted);
        batch.score(lossSum);
        try (HostCopies copies = new HostCopies(backend)) {
          loss += copies.of(lossSum).get(0);
          right += right(copies.of(batch.scores()), batch.wanted());
        }
      }
    } finally {
      lossSum.storage().close();
    }
    return new TrainingTask.Validation(loss / targets, targets, (double) right / targets);
  }

  /** Returns for how many of the counted tokens the correct one has the highest score. */
  private static long right(Tensor scores, int... wanted) {
    int vocabulary = scores.shape().dim(2);
    long right = 0;
    for (int i = 0; i < wanted.length; i++) {
      if (wanted[i] != SentenceVocabulary.NULL_ID) {
        long row = (long) i * vocabulary;
        int best = 0;
        for (int token = 1; token < vocabulary; token++) {
          best = scores.get(row + token) > scores.get(row + best) ? token : best;
        }
        right += best == wanted[i] ? 1 : 0;
      }
    }
    return right;
  }
}
