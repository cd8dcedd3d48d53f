package org.lm4j.task.tag;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.SoleUse;
import org.lm4j.nn.SoftmaxOutput;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;
import org.lm4j.train.Finite;
import org.lm4j.train.TrainingTask;
import org.lm4j.train.batch.EpochOrder;

/** Tags sentences and evaluates the answers against known tags. */
public final class TaggerScorer implements AutoCloseable {
  private static final int SENTENCES = 32;
  private static final int TOKENS = 4096; // about the most in a batch of long sentences

  private final SoleUse use = new SoleUse("the scorer");
  private final TaggerNetwork tagger;
  private final TaggerWorkspaces passes;
  private @Nullable HostStorage host;

  /** Creates a scorer for a tagger, which the caller still owns. */
  public TaggerScorer(TaggerNetwork tagger) {
    this.tagger = tagger;
    this.passes = tagger.passes(false);
  }

  /** Receives the scores of each batch. */
  private interface Batches {
    /**
     * Receives the scores of a batch.
     *
     * @param chosen indices of the sentences, -1 for an empty one
     * @param scores {@code (T, B, C)} on the host
     */
    void computed(int[] chosen, Tensor scores);
  }

  /** Returns the tags a text gets: for each sentence an id for each token. */
  public int[][] answers(TaggerText text) {
    try (SoleUse.Use _ = use.begin()) {
      int[][] answers = new int[text.size()][];
      compute(
          text,
          (chosen, scores) -> {
            for (int b = 0; b < chosen.length; b++) {
              if (chosen[b] >= 0) {
                requireFinite(scores, b, text.length(chosen[b]));
                answers[chosen[b]] = highest(scores, b, text.length(chosen[b]));
              }
            }
          });
      return answers;
    }
  }

  /** Evaluates a tagger on a text of at least one sentence. */
  static TrainingTask.Validation score(TaggerNetwork tagger, TaggerText text) {
    try (TaggerScorer scorer = new TaggerScorer(tagger)) {
      return scorer.score(text, null);
    }
  }

  /**
   * Evaluates the tags of a text of at least one sentence. Tags that are not in the vocabulary do
   * not count in the loss, but as wrong answers.
   *
   * @param answers receives the answered tags, if not null
   */
  public TrainingTask.Validation score(TaggerText text, int @Nullable [][] answers) {
    try (SoleUse.Use _ = use.begin()) {
      double[] total = new double[1];
      long[] right = new long[2]; // and how many could be answered at all
      compute(
          text,
          (chosen, scores) -> {
            Tensor losses = passes.losses();
            Tensor read = reading(losses.shape(), scores.size());
            tagger.backend().download(losses, read);
            for (int i = 0; i < read.size(); i++) {
              total[0] += read.get(i);
            }
            for (int b = 0; b < chosen.length; b++) {
              if (chosen[b] < 0) {
                continue;
              }
              int[] answered = highest(scores, b, text.length(chosen[b]));
              int[] tags = text.tags(chosen[b]);
              for (int t = 0; t < tags.length; t++) {
                right[0] += tags[t] == answered[t] ? 1 : 0;
                right[1] += tags[t] == SoftmaxOutput.IGNORE ? 0 : 1;
              }
              if (answers != null) {
                answers[chosen[b]] = answered;
              }
            }
          });
      return new TrainingTask.Validation(
          total[0] / Math.max(1, right[1]), right[1], (double) right[0] / text.tokens());
    }
  }

  private void compute(TaggerText text, Batches batches) {
    int[] order = EpochOrder.byLength(text.size(), i -> -text.length(i));
    int from = 0;
    while (from < order.length) {
      int rows = Math.clamp(TOKENS / Math.max(1, text.length(order[from])), 1, SENTENCES);
      int count = Math.min(rows, order.length - from);
      int[] chosen = new int[rows];
      Arrays.fill(chosen, -1);
      System.arraycopy(order, from, chosen, 0, count);
      use.requireOpen();
      passes.load(text, chosen);
      Tensor scores = passes.scores();
      long places = (long) scores.shape().dim(0) * scores.shape().dim(1);
      reserve(scores.size() + places);
      Tensor read = reading(scores.shape(), 0);
      tagger.backend().download(scores, read);
      batches.computed(chosen, read);
      from += count;
    }
  }

  /** Reserves host memory for {@code numbers} numbers. */
  private void reserve(long numbers) {
    long bytes = numbers * DType.F64.bytes();
    if (host == null || host.byteSize() < bytes) {
      closeHost();
      host = new HostStorage(bytes);
    }
  }

  private Tensor reading(Shape shape, long from) {
    if (host == null) {
      throw new IllegalStateException("no host memory was reserved");
    }
    return new Tensor(host, from, shape, DType.F64);
  }

  private static void requireFinite(Tensor scores, int b, int length) {
    int batch = scores.shape().dim(1);
    int tags = scores.shape().dim(2);
    for (int t = 0; t < length; t++) {
      for (int tag = 0; tag < tags; tag++) {
        Finite.scores(scores.get(((long) t * batch + b) * tags + tag));
      }
    }
  }

  private static int[] highest(Tensor scores, int b, int length) {
    int batch = scores.shape().dim(1);
    int tags = scores.shape().dim(2);
    int[] best = new int[length];
    for (int t = 0; t < length; t++) {
      long row = ((long) t * batch + b) * tags;
      for (int tag = 1; tag < tags; tag++) {
        if (scores.get(row + tag) > scores.get(row + best[t])) {
          best[t] = tag;
        }
      }
    }
    return best;
  }

  private void closeHost() {
    if (host != null) {
      host.close();
    }
  }

  @Override
  public void close() {
    if (!use.end()) {
      return;
    }
    passes.close();
    closeHost();
  }
}
