package org.lm4j.task.caption;

import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.SoleUse;
import org.lm4j.nn.TemporalSoftmaxLoss;
import org.lm4j.nn.attention.AttentionDecoder;
import org.lm4j.nn.attention.DecoderWindow;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.sentence.SentenceVocabulary;

/**
 * A workspace for training and scoring known captions of {@code B} images: all activations,
 * allocated once and reused for any number of batches.
 */
public final class CaptionBatch implements AutoCloseable {
  private final SoleUse use = new SoleUse("the batch");
  private final CaptionerNetwork captioner;
  private final Backend backend;
  private final int rows;
  private final CaptionerNetwork.Sight sight;
  private final DecoderWindow window;
  private final TemporalSoftmaxLoss criterion;
  private final Tensor hidden; // (B, H): the window's first state
  private final Tensor targets; // I32 (T·B)
  private final Tensor losses; // (T·B)
  private final @Nullable Tensor dSummary; // as the summary of the images; not used

  CaptionBatch(CaptionerNetwork captioner, int steps, int rows, boolean training) {
    this.captioner = captioner;
    this.backend = captioner.backend();
    this.rows = rows;
    CaptionConfig config = captioner.config();
    this.sight = captioner.new Sight(rows);
    AttentionDecoder.Extent extent =
        new AttentionDecoder.Extent(steps, rows, Math.max(1, config.image().cells()));
    this.window =
        training
            ? captioner.decoder().trainingWindow(extent, false)
            : captioner.decoder().scoringWindow(extent);
    this.criterion =
        new TemporalSoftmaxLoss(
            backend, SentenceVocabulary.NULL_ID, TemporalSoftmaxLoss.Average.TOKENS);
    this.hidden = window.initial().h().reshape(rows, config.generator().hidden());
    this.targets = backend.allocateIds(Math.multiplyExact(steps, rows));
    this.losses = backend.allocate(steps * rows);
    this.dSummary = training ? backend.allocate(rows, config.summary()) : null;
  }

  /** Returns the number of captions {@code B}. */
  public int rows() {
    return rows;
  }

  /** Returns the most words {@code T} of a caption, its end included. */
  public int steps() {
    return window.extent().steps();
  }

  /**
   * Loads the images of the captions.
   *
   * @param features {@code (B, G, F)} or {@code (B, F)} on the host
   */
  public void load(Tensor features) {
    try (SoleUse.Use _ = use.begin()) {
      sight.load(features);
    }
  }

  /** The words of captions, time-major, {@code <NULL>} after the end of a caption. */
  public static final class Words {
    private final int steps;
    private final int[] read;
    private final int[] wanted;

    /**
     * Keeps the arrays without copying.
     *
     * @param steps the number of steps of the longest caption, at most T
     * @param read {@code steps·B} input words
     * @param wanted {@code steps·B} target words; {@code <NULL>} does not count
     */
    public Words(int steps, int[] read, int[] wanted) {
      this.steps = steps;
      this.read = read;
      this.wanted = wanted;
    }

    /** Returns how many words count. */
    public int counted() {
      int counted = 0;
      for (int word : wanted) {
        counted += word == SentenceVocabulary.NULL_ID ? 0 : 1;
      }
      return counted;
    }
  }

  /**
   * Scores captions of the images loaded.
   *
   * @param lossSum {@code (1)}; overwritten with the sum of the losses of the words that count
   */
  public void score(Words words, Tensor lossSum) {
    try (SoleUse.Use _ = use.resume()) {
      forward(words, null);
      Tensor own = losses.slice(0, words.steps * rows);
      criterion.loss(window.scores(words.steps), wanted(words), own);
      backend.sum(own, lossSum);
    }
  }

  /**
   * Accumulates the gradients of the sum of the losses over {@code divisor}.
   *
   * @param divisor the number of words that count, for the mean over words; of captions, for the
   *     mean over captions
   * @param key what dropout draws from
   * @param lossSum {@code (1)}; overwritten with the sum of the losses of the words that count
   */
  public void train(Words words, int divisor, RandomKey key, Tensor lossSum) {
    try (SoleUse.Use _ = use.resume()) {
      if (dSummary == null) {
        throw new IllegalStateException("this workspace was made without gradients");
      }
      forward(words, key);
      Tensor own = losses.slice(0, words.steps * rows);
      criterion.lossAndGradient(window.scores(words.steps), wanted(words), divisor, own);
      backend.sum(own, lossSum);
      window.backward(words.steps, key);
      Tensor dHidden =
          window.initialGradient().h().reshape(rows, captioner.config().generator().hidden());
      captioner.initial().backward(sight.summary(), dHidden, dSummary);
    }
  }

  private void forward(Words words, @Nullable RandomKey key) {
    sight.begin(hidden);
    if (captioner.config().attends()) {
      window.prepare(sight.memory(), null);
    }
    window.forward(words.steps, words.read, key);
  }

  private Tensor wanted(Words words) {
    Tensor own = targets.slice(0, words.steps * rows);
    backend.upload(words.wanted, 0, words.steps * rows, own);
    return own;
  }

  @Override
  public void close() {
    if (!use.end()) {
      return;
    }
    sight.close();
    window.close();
    targets.storage().close();
    losses.storage().close();
    if (dSummary != null) {
      dSummary.storage().close();
    }
  }
}
