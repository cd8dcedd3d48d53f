package org.lm4j.serve.engine;

import org.jspecify.annotations.Nullable;

/**
 * Reads a token of each running text at a time. Texts lie in rows {@code [0, R)}, the running ones
 * first. Used by one thread.
 */
interface RowReader extends AutoCloseable {
  /** Returns the units of the hidden state; 0 if there is none. */
  int units();

  /** Begins a text in a row. */
  void clear(int row);

  /** Moves a text to another row, whose text has ended. */
  void move(int from, int to);

  /** Returns the state of a text, which {@link #restore} takes; null if it cannot be kept. */
  byte @Nullable [] state(int row);

  /** Sets the state of a text. */
  void restore(int row, byte[] state);

  /** Writes the hidden state of a text, {@link #units} numbers. */
  void hidden(int row, double[] target);

  /**
   * Reads a token of each of the first texts.
   *
   * @param logits for each of them an array for the logits of its next token, or null where they
   *     are not wanted
   */
  void read(int count, int[] tokens, double[] @Nullable [] logits);

  @Override
  void close();
}
