package org.lm4j.task.lm;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Precision;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.SoleUse;
import org.lm4j.nn.SoftmaxOutput;
import org.lm4j.parallel.Share;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.token.EvaluationBatches;
import org.lm4j.text.token.TokenSequence;

/**
 * Scores a text: every token after the first is a target exactly once, and the state is carried
 * from zero to the end.
 *
 * <p>With one stream this is the protocol of the published results. With several the text is cut
 * into that many contiguous parts, each begun from a zero state: much faster, and worse by the
 * little that the first tokens of a part miss of their context.
 */
public final class Evaluator implements AutoCloseable {
  private static final int ROWS = 4096; // T·B of one window; weights are packed once for each

  private final SoleUse use = new SoleUse("the evaluator");
  private final LanguageModelNetwork model;
  private final TokenSequence tokens;
  private final EvaluationBatches batches;
  private final int batch; // streams of the text
  private final RandomKey.Rows rows; // those that are scored here
  private final CarriedState state;
  private final int steps;
  private final int[] inputs;
  private final int[] targets;
  private @Nullable Window window;

  /** Receives each target. */
  public interface TargetListener {
    /**
     * Receives one target.
     *
     * @param index its place in the text, the first token being 0 and the first target 1
     * @param token its id
     * @param loss its negative log-likelihood in nats
     */
    void target(long index, int token, double loss);
  }

  /** Receives the progress. */
  public interface ProgressListener {
    /** Reports that {@code done} of {@code total} windows are scored. */
    void windows(long done, long total);
  }

  /**
   * The result of an evaluation.
   *
   * @param targets number of scored targets
   * @param totalLoss sum of their losses, in nats
   * @param oovTargets number of targets whose text is not in the vocabulary
   * @param oovLoss sum of their losses
   */
  public record Score(long targets, double totalLoss, long oovTargets, double oovLoss) {
    /** Returns the mean loss in nats. */
    public double loss() {
      return totalLoss / targets;
    }
  }

  /**
   * Prepares to score {@code tokens}.
   *
   * @param streams side by side; at most the number of targets is used
   * @throws InputException if there are several and the model's backend {@linkplain
   *     Precision#onlyDecodes only decodes}
   */
  public Evaluator(LanguageModelNetwork model, TokenSequence tokens, int streams) {
    this(model, tokens, streams, Share.WHOLE);
  }

  /**
   * Prepares to score some of the streams of a text, for one of several processes that divide them.
   *
   * @throws InputException as the other constructor, or if there are fewer streams than processes
   */
  Evaluator(LanguageModelNetwork model, TokenSequence tokens, int streams, Share share) {
    if (streams > 1 && Precision.onlyDecodes(model.backend())) {
      throw InputException.naming(
          "{precision} int8 scores a text in one part; leave out {batch}, or use fp32 or bf16.");
    }
    this.model = model;
    this.tokens = tokens;
    this.batch = streams(tokens, streams);
    this.rows = share.rows(batch);
    long perStream = (Math.max(1, tokens.size() - 1) + batch - 1) / batch;
    this.steps = (int) Math.min(Math.max(1, ROWS / batch), perStream);
    this.batches = new EvaluationBatches(tokens, batch, steps, SoftmaxOutput.IGNORE);
    this.state = model.newState(rows.count());
    this.inputs = new int[steps * batch];
    this.targets = new int[steps * batch];
  }

  /** Returns the number of streams that a text is cut into if so many are asked for. */
  static int streams(TokenSequence tokens, int asked) {
    return (int) Math.max(1, Math.min(asked, tokens.size() - 1));
  }

  /** Returns the number of streams side by side. */
  public int streams() {
    return batch;
  }

  /** Scores the whole text. */
  public Score score(@Nullable TargetListener listener, @Nullable ProgressListener progress) {
    try (SoleUse.Use _ = use.begin()) {
      if (Precision.onlyDecodes(model.backend())) {
        return new TokenScores(model, tokens).score(listener, progress, use);
      }
      state.reset();
      if (window != null) {
        window.weightsStay(tokens.size()); // not as they were at the last score
      }
      Tally tally = new Tally(listener);
      int here = rows.count();
      double[] losses = new double[steps * here];
      try (HostStorage storage = new HostStorage((long) losses.length * DType.F64.bytes())) {
        Tensor host = new Tensor(storage, 0, Shape.of(losses.length), DType.F64);
        for (long w = 0; w < batches.windows(); w++) {
          use.requireOpen();
          Window run = windowOf(batches.stepsOf(w));
          batches.fill(w, inputs, targets);
          keepRows(inputs, run.steps());
          keepRows(targets, run.steps());
          run.load(inputs, targets);
          run.evaluate(state);
          state.advance();
          int count = run.steps() * here;
          model.backend().download(run.losses(), host.slice(0, count));
          MemorySegment.copy(host.segment(), JAVA_DOUBLE, 0, losses, 0, count);
          tally.add(w, count, losses);
          if (progress != null) {
            progress.windows(w + 1, batches.windows());
          }
        }
      }
      return tally.score();
    }
  }

  /** The sums over the targets of all windows, in their order. */
  private final class Tally {
    private final @Nullable TargetListener listener;
    private final boolean mayBeOov = tokens.stats().text().oov() > 0;
    private double total;
    private long scored;
    private double oovTotal;
    private long oov;

    Tally(@Nullable TargetListener listener) {
      this.listener = listener;
    }

    void add(long w, int count, double[] losses) {
      for (int i = 0; i < count; i++) {
        if (targets[i] != SoftmaxOutput.IGNORE) {
          total += losses[i];
          scored++;
        }
      }
      if (mayBeOov || listener != null) {
        describe(w, count, losses);
      }
    }

    /** Sums up the targets outside the vocabulary, and reports each target to the listener. */
    private void describe(long w, int count, double[] losses) {
      int here = rows.count();
      for (int i = 0; i < count; i++) {
        if (targets[i] == SoftmaxOutput.IGNORE) {
          continue;
        }
        long index = batches.targetIndex(w, i / here, rows.first() + i % here);
        if (mayBeOov && tokens.isOov(index)) {
          oov++;
          oovTotal += losses[i];
        }
        if (listener != null) {
          listener.target(index, targets[i], losses[i]);
        }
      }
    }

    Score score() {
      return new Score(scored, total, oov, oovTotal);
    }
  }

  /** Moves the rows that are scored here to the beginning of a window of all rows. */
  private void keepRows(int[] tokensOfWindow, int count) {
    if (rows.count() < batch) {
      for (int t = 0; t < count; t++) {
        int from = t * batch + rows.first();
        System.arraycopy(tokensOfWindow, from, tokensOfWindow, t * rows.count(), rows.count());
      }
    }
  }

  private Window windowOf(int wanted) {
    Window current = window;
    if (current == null || current.steps() != wanted) {
      if (current != null) {
        current.close();
      }
      current = model.window(wanted, rows.count(), false);
      if (wanted == steps) { // there is but one shorter window, at the end
        current.weightsStay(tokens.size());
      }
      window = current;
    }
    return current;
  }

  @Override
  public void close() {
    if (!use.end()) {
      return;
    }
    if (window != null) {
      window.close();
    }
    state.close();
  }
}
