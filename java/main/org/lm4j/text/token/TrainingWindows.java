package org.lm4j.text.token;

/**
 * The windows of an epoch of training, in the order of the steps. A window is a function of epoch
 * and number alone, whatever was asked for before. Not thread-safe.
 */
public interface TrainingWindows extends AutoCloseable {
  /** Returns the number of windows in an epoch, the same in each. */
  long windows();

  /** Returns {@code B}, the rows of every window. */
  int rows();

  /** Returns the most steps {@code T} of a window. */
  int longest();

  /** Returns the number of steps of a window. */
  int stepsOf(long epoch, long window);

  /** Returns whether all rows of a window begin from a zero state; else they continue. */
  boolean begins(long epoch, long window);

  /**
   * Fills in one window, time-major: entry {@code t·B + b}.
   *
   * @param inputs at least {@code (T, B)}; 0 where a row only fills the window
   * @param targets the same: the token after each input, or a negative number that is not scored
   * @return how many targets are scored, at least 1
   */
  int fill(long epoch, long window, int[] inputs, int[] targets);

  @Override
  void close();
}
