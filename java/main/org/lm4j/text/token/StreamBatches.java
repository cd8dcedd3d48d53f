package org.lm4j.text.token;

import java.util.Objects;
import org.lm4j.InputException;

/**
 * Training batches for truncated backpropagation through time: the text is cut into B contiguous
 * streams of floor((N-1)/B) targets, read side by side in windows of T steps. A stream's windows
 * follow each other, so the hidden state may be carried from one to the next. Not thread-safe.
 */
public final class StreamBatches implements TrainingWindows {
  private final TokenSequence tokens;
  private final int batch;
  private final int steps;
  private final long streamLength;
  private final int[] run;

  /**
   * Cuts the tokens.
   *
   * @param batch B, streams side by side, at least 1
   * @param steps T, steps of a window, at least 1
   * @throws InputException when there is less than one target for each stream
   */
  public StreamBatches(TokenSequence tokens, int batch, int steps) {
    if (batch < 1 || steps < 1) {
      throw InputException.naming("{batch} and {bptt} have to be at least 1.");
    }
    this.tokens = tokens;
    this.batch = batch;
    this.steps = steps;
    this.streamLength = (tokens.size() - 1) / batch;
    if (tokens.size() < 2 || streamLength < 1) {
      throw InputException.naming(
          String.format(
              "The training text has %d tokens, but {batch} %d with {bptt} %d needs at least %d;"
                  + " give more text or a smaller {batch}.",
              tokens.size(), batch, steps, batch + 1L));
    }
    checkWindow(batch, Math.min(steps, streamLength));
    this.run = new int[(int) Math.min(steps, streamLength) + 1];
  }

  /** Checks that a window fits into an array. */
  static void checkWindow(int batch, long steps) {
    if (batch * steps > Integer.MAX_VALUE - 8) {
      throw InputException.naming(
          "{batch} " + batch + " times {bptt} is more than one window can hold; make one smaller.");
    }
  }

  @Override
  public long windows() {
    return (streamLength + steps - 1) / steps;
  }

  /** Returns the number of steps of a window: T, or fewer in the last. */
  public int stepsOf(long window) {
    Objects.checkIndex(window, windows());
    return (int) Math.min(steps, streamLength - window * steps);
  }

  @Override
  public int rows() {
    return batch;
  }

  @Override
  public int longest() {
    return stepsOf(0);
  }

  @Override
  public int stepsOf(long epoch, long window) {
    return stepsOf(window);
  }

  @Override
  public boolean begins(long epoch, long window) {
    return window == 0;
  }

  @Override
  public int fill(long epoch, long window, int[] inputs, int[] targets) {
    fill(window, inputs, targets);
    return stepsOf(window) * batch;
  }

  @Override
  public void close() {
    // The text stays open.
  }

  /** Returns the number of targets in one epoch. */
  public long targets() {
    return streamLength * batch;
  }

  /**
   * Fills in one window, time-major: entry t·B + b.
   *
   * @param inputs at least (stepsOf(window), B)
   * @param targets the same: the token after each input
   */
  public void fill(long window, int[] inputs, int[] targets) {
    int count = stepsOf(window);
    Objects.checkFromIndexSize(0, count * batch, inputs.length);
    Objects.checkFromIndexSize(0, count * batch, targets.length);
    for (int b = 0; b < batch; b++) {
      tokens.copy(b * streamLength + window * steps, count + 1, run, 0);
      for (int t = 0; t < count; t++) {
        inputs[t * batch + b] = run[t];
        targets[t * batch + b] = run[t + 1];
      }
    }
  }
}
