package org.lm4j.task.seq2seq;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.SoleUse;
import org.lm4j.model.Padding;
import org.lm4j.nn.TemporalSoftmaxLoss;
import org.lm4j.nn.attention.AttentionDecoder;
import org.lm4j.nn.attention.DecoderWindow;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.sentence.SentenceVocabulary;

/**
 * A workspace for training and scoring known pairs: all activations, allocated once and reused for
 * any number of batches. The decoder reads the correct previous tokens (teacher forcing).
 *
 * <pre>{@code
 * int counted = batch.load(sources, targets);
 * batch.train(key, lossSum);     // or batch.score(lossSum)
 * }</pre>
 */
public final class Seq2SeqBatch implements AutoCloseable {
  private final SoleUse use = new SoleUse("the batch");
  private final Seq2SeqNetwork translator;
  private final Backend backend;
  private final Extent extent;
  private final Seq2SeqSource source;
  private final DecoderWindow window;
  private final TemporalSoftmaxLoss criterion;
  private final Tensor targets; // I32 (T·B)
  private final Tensor losses; // (T·B)
  private final boolean training;

  // Of the pairs loaded.
  private int[][] sources = {};
  private int steps = 1; // of the longest target, its end included
  private int[] read = {}; // time-major, steps·B
  private int[] wanted = {};
  private int counted;

  /**
   * The capacity of a batch.
   *
   * @param sourceSteps the most tokens {@code S} of a source
   * @param targetSteps the most tokens {@code T} of a target, its end included
   * @param rows pairs {@code B}
   */
  public record Extent(int sourceSteps, int targetSteps, int rows) {
    /**
     * Checks the sizes.
     *
     * @throws IllegalArgumentException if one is not positive
     */
    public Extent {
      if (sourceSteps < 1 || targetSteps < 1 || rows < 1) {
        throw new IllegalArgumentException(
            "a batch of %d and %d steps, %d pairs".formatted(sourceSteps, targetSteps, rows));
      }
    }

    /**
     * Returns the extent of a workspace for these pairs; lengths are rounded up, so that there are
     * few shapes.
     */
    static Extent of(int[][] sources, int[][] targets, int rows) {
      int source = 1;
      int target = 1;
      for (int i = 0; i < sources.length; i++) {
        source = Math.max(source, sources[i].length);
        target = Math.max(target, targets[i].length + 1);
      }
      return new Extent(rounded(source), rounded(target), rows);
    }
  }

  Seq2SeqBatch(Seq2SeqNetwork translator, Extent extent, boolean training) {
    this.translator = translator;
    this.backend = translator.backend();
    this.extent = extent;
    this.training = training;
    int rows = extent.rows();
    this.source = new Seq2SeqSource(translator, extent.sourceSteps(), rows, 1, training);
    AttentionDecoder.Extent inner =
        new AttentionDecoder.Extent(extent.targetSteps(), rows, extent.sourceSteps());
    this.window =
        training
            ? translator.decoder().trainingWindow(inner, translator.config().attends())
            : translator.decoder().scoringWindow(inner);
    this.criterion =
        new TemporalSoftmaxLoss(
            backend, SentenceVocabulary.NULL_ID, TemporalSoftmaxLoss.Average.TOKENS);
    this.targets = backend.allocateIds(Math.multiplyExact(extent.targetSteps(), rows));
    this.losses = backend.allocate(extent.targetSteps() * rows);
  }

  /** Rounds a length up to one of the few lengths of workspaces. */
  public static int rounded(int length) {
    return Padding.USUAL.of(length);
  }

  /** Returns the capacity of this workspace. */
  public Extent extent() {
    return extent;
  }

  /**
   * Loads pairs.
   *
   * @param sourceTokens at most {@code B} sources, none longer than {@code S}
   * @param targetTokens the target of each, without start and end, shorter than {@code T}
   * @return the number of predicted tokens, including ends
   */
  public int load(int[][] sourceTokens, int[][] targetTokens) {
    try (SoleUse.Use _ = use.begin()) {
      if (sourceTokens.length != targetTokens.length || sourceTokens.length > extent.rows()) {
        throw new IllegalArgumentException(
            "%d sources and %d targets in %d rows"
                .formatted(sourceTokens.length, targetTokens.length, extent.rows()));
      }
      int rows = extent.rows();
      sources = sourceTokens;
      steps = 1;
      counted = 0;
      for (int[] target : targetTokens) {
        steps = Math.max(steps, target.length + 1);
        counted += target.length + 1;
      }
      read = new int[steps * rows];
      wanted = new int[steps * rows];
      Arrays.fill(read, SentenceVocabulary.NULL_ID);
      Arrays.fill(wanted, SentenceVocabulary.NULL_ID);
      for (int b = 0; b < targetTokens.length; b++) {
        int[] target = targetTokens[b];
        for (int t = 0; t <= target.length; t++) {
          read[t * rows + b] = t == 0 ? SentenceVocabulary.START_ID : target[t - 1];
          wanted[t * rows + b] = t == target.length ? SentenceVocabulary.END_ID : target[t];
        }
      }
      return counted;
    }
  }

  /**
   * Scores the pairs loaded.
   *
   * @param lossSum {@code (1)}; overwritten with the sum of the losses of the tokens
   * @throws IllegalStateException if the workspace has gradients and dropout
   */
  public void score(Tensor lossSum) {
    try (SoleUse.Use _ = use.resume()) {
      if (training && translator.config().encoder().dropout() > 0) {
        throw new IllegalStateException("a workspace with dropout cannot score");
      }
      forward(null);
      criterion.loss(window.scores(steps), uploaded(), ownLosses());
      backend.sum(ownLosses(), lossSum);
    }
  }

  /**
   * Accumulates the gradients of the mean loss of the tokens of the pairs loaded.
   *
   * @param key what dropout draws from
   * @param lossSum {@code (1)}; overwritten with the sum of the losses of the tokens
   */
  public void train(RandomKey key, Tensor lossSum) {
    try (SoleUse.Use _ = use.resume()) {
      if (!training) {
        throw new IllegalStateException("this workspace was made without gradients");
      }
      forward(key);
      criterion.lossAndGradient(
          window.scores(steps), uploaded(), Math.max(1, counted), ownLosses());
      backend.sum(ownLosses(), lossSum);
      window.backward(steps, key);
      Tensor dMemory = translator.config().attends() ? window.memoryGradient() : null;
      source.backward(window.initialGradient().h(), dMemory);
    }
  }

  private void forward(@Nullable RandomKey key) {
    source.read(sources, key);
    source.begin(window.initial().h());
    if (translator.config().attends()) {
      window.prepare(source.memory(), source.memoryLengths());
    }
    window.forward(steps, read, key);
  }

  private Tensor uploaded() {
    Tensor own = targets.slice(0, wanted.length);
    backend.upload(wanted, 0, wanted.length, own);
    return own;
  }

  private Tensor ownLosses() {
    return losses.slice(0, wanted.length);
  }

  /**
   * Returns the logits of the last scoring pass, {@code (T, B, V)}, where {@code T} is that of the
   * longest target loaded.
   */
  public Tensor scores() {
    try (SoleUse.Use _ = use.resume()) {
      return window.scores(steps);
    }
  }

  /** Returns the target tokens, time-major; {@link SentenceVocabulary#NULL_ID} does not count. */
  public int[] wanted() {
    try (SoleUse.Use _ = use.resume()) {
      return wanted.clone();
    }
  }

  @Override
  public void close() {
    if (!use.end()) {
      return;
    }
    source.close();
    window.close();
    targets.storage().close();
    losses.storage().close();
  }
}
