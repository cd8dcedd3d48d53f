package org.lm4j.text.token;

import java.util.Arrays;
import java.util.Objects;
import org.lm4j.InputException;

/**
 * Batches for scoring: every token after the first is a target exactly once. The N-1 targets are
 * cut into B contiguous streams whose lengths differ by at most one; a shorter stream is padded at
 * its end. With B = 1 the text is read from its first token to its last, as published results are.
 * Not thread-safe.
 */
public final class EvaluationBatches {
  private final TokenSequence tokens;
  private final int batch;
  private final int steps;
  private final int ignore;
  private final long shortest;
  private final long longer;
  private final int[] run;

  /**
   * Cuts the tokens.
   *
   * @param batch B, streams side by side, at least 1
   * @param steps T, steps of a window, at least 1
   * @param ignore the target used for padding; must not be a token id
   * @throws InputException when there are fewer than two tokens
   */
  public EvaluationBatches(TokenSequence tokens, int batch, int steps, int ignore) {
    if (batch < 1 || steps < 1) {
      throw InputException.naming("{batch} and {bptt} have to be at least 1.");
    }
    if (tokens.size() < 2) {
      throw new InputException(
          String.format(
              "The text to evaluate has %d tokens; at least 2 are needed, since the first is not scored.",
              tokens.size()));
    }
    this.tokens = tokens;
    this.batch = batch;
    this.steps = steps;
    this.ignore = ignore;
    this.shortest = targets() / batch;
    this.longer = targets() % batch;
    StreamBatches.checkWindow(batch, Math.min(steps, longest()));
    this.run = new int[(int) Math.min(steps, longest()) + 1];
  }

  /** Returns the number of windows. */
  public long windows() {
    return (longest() + steps - 1) / steps;
  }

  /** Returns the number of steps of a window: T, or fewer in the last. */
  public int stepsOf(long window) {
    Objects.checkIndex(window, windows());
    return (int) Math.min(steps, longest() - window * steps);
  }

  /** Returns the number of targets in all windows together: N-1. */
  public long targets() {
    return tokens.size() - 1;
  }

  /**
   * Fills in one window, time-major: entry t·B + b. Padding has the input 0 and the target {@code
   * ignore}.
   *
   * @param inputs at least (stepsOf(window), B)
   * @param targets the same: the token after each input
   */
  public void fill(long window, int[] inputs, int[] targets) {
    int count = stepsOf(window);
    Objects.checkFromIndexSize(0, count * batch, inputs.length);
    Objects.checkFromIndexSize(0, count * batch, targets.length);
    Arrays.fill(inputs, 0, count * batch, 0);
    Arrays.fill(targets, 0, count * batch, ignore);
    for (int b = 0; b < batch; b++) {
      int real = Math.clamp(lengthOf(b) - window * steps, 0, count);
      if (real > 0) {
        tokens.copy(startOf(b) + window * steps, real + 1, run, 0);
      }
      for (int t = 0; t < real; t++) {
        inputs[t * batch + b] = run[t];
        targets[t * batch + b] = run[t + 1];
      }
    }
  }

  /**
   * Returns the index in the token file of the target at (window, t, b): 1..N-1, or -1 for padding.
   */
  public long targetIndex(long window, int t, int b) {
    Objects.checkIndex(t, stepsOf(window));
    Objects.checkIndex(b, batch);
    long step = window * steps + t;
    return step < lengthOf(b) ? startOf(b) + step + 1 : -1;
  }

  private long longest() {
    return shortest + (longer > 0 ? 1 : 0);
  }

  private long lengthOf(int stream) {
    return shortest + (stream < longer ? 1 : 0);
  }

  private long startOf(int stream) {
    return stream * shortest + Math.min(stream, longer);
  }
}
