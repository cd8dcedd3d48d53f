package org.lm4j.compute;

import org.jspecify.annotations.Nullable;

/**
 * Reads the tokens of several sequences side by side, one token of each at a time, so that a server
 * computes the steps of all running texts in one product. Sequences lie in rows {@code [0, R)}; the
 * first of them are active, and the caller moves others to the place of one that has ended.
 *
 * <p>Given {@code R}, the numbers of a sequence depend on its own tokens alone, bit by bit on the
 * reference backend and on CPUs: neither on its row nor on what is computed beside it. The weights
 * must not change while this is open. Used by one thread at a time.
 */
public interface BatchDecoder extends AutoCloseable {
  /** Returns the largest number of sequences {@code R}. */
  int rows();

  /** Returns the number of tokens {@code V}. */
  int vocabulary();

  /** Returns the units {@code H} of a layer. */
  int units();

  /**
   * Sets the state of a sequence to zero.
   *
   * @param row in [0, R)
   * @throws IndexOutOfBoundsException if it is not
   */
  void clear(int row);

  /**
   * Copies the state of one sequence to another row.
   *
   * @param from in [0, R)
   * @param to in [0, R)
   * @throws IndexOutOfBoundsException if one is not
   */
  void copy(int from, int to);

  /**
   * Returns a copy of a sequence's state, which {@link #restore} takes. What the bytes mean depends
   * on the backend and on the model.
   *
   * @param row in [0, R)
   * @throws IndexOutOfBoundsException if it is not
   */
  byte[] state(int row);

  /**
   * Sets the state of a sequence to one that {@link #state} returned.
   *
   * @param row in [0, R)
   * @throws IndexOutOfBoundsException if it is not
   * @throws IllegalArgumentException if the state is of another size
   */
  void restore(int row, byte[] state);

  /**
   * Writes the hidden state of the last layer.
   *
   * @param row in [0, R)
   * @param target {@code H} numbers
   * @throws IndexOutOfBoundsException if the row is not in range
   * @throws IllegalArgumentException if the target has another length
   */
  void hidden(int row, double[] target);

  /**
   * Reads one token of each of the first sequences.
   *
   * @param count of the active sequences, in [1, R]
   * @param tokens at least {@code count} ids in [0, V)
   * @param logits for each active sequence an array of {@code V} numbers, which the logits of its
   *     next token overwrite, or null where they are not wanted
   * @throws IllegalArgumentException if the count, an id or a length is out of range
   */
  void read(int count, int[] tokens, double[] @Nullable [] logits);

  @Override
  void close();
}
