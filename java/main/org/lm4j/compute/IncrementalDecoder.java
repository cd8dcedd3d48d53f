package org.lm4j.compute;

/**
 * Reads the tokens of one sequence one by one, and returns the logits of the next token after each,
 * for generation. The weights must not change while it is open, so that a backend may keep them in
 * a layout that it reads fast. Used by one thread at a time; another one may take over with {@link
 * #reset}. Threads that generate at once need a reader each, and may share model and backend.
 */
public interface IncrementalDecoder extends AutoCloseable {
  /** Returns the number of tokens {@code V}. */
  int vocabulary();

  /** Resets the state to zero. */
  void reset();

  /**
   * Reads one token.
   *
   * @param token in [0, V)
   * @throws IllegalArgumentException if it is not
   */
  void read(int token);

  /**
   * Writes the logits of the token that follows those read.
   *
   * @param target at least {@code V} numbers, of which the first {@code V} are overwritten
   * @throws IllegalArgumentException if there are fewer
   */
  void logits(double[] target);

  /** Returns whether {@link #upperBounds} takes less time than {@link #logits}. */
  default boolean bounds() {
    return false;
  }

  /**
   * Writes numbers that the logits do not exceed, though hardly higher than need be: as a rule by
   * less than a tenth, in a wide model by some tenths. NaN or infinite where a logit is not a
   * number.
   *
   * @param target as in {@link #logits}
   * @throws IllegalArgumentException if there are fewer than {@code V} numbers
   */
  default void upperBounds(double[] target) {
    logits(target);
  }

  /**
   * Returns the number of tokens in a block of {@link #weights}, or 0 if drawing from these takes
   * no less time than drawing from all logits.
   */
  default int blockSize() {
    return 0;
  }

  /**
   * Computes a weight for each token, {@code exp((bound - max) / temperature)}, where its bound is
   * at least its logit as in {@link #upperBounds}, and {@code max} is the largest bound. Weights
   * are float32 numbers, which stay until the next operation but {@link #logit}.
   *
   * @param sums receives the sum of each block's weights, the last of which may have fewer tokens;
   *     NaN where a logit is not a number
   * @return {@code max}
   * @throws UnsupportedOperationException if {@link #blockSize} is 0
   */
  default double weights(double temperature, double[] sums) {
    throw new UnsupportedOperationException("no weights in blocks");
  }

  /**
   * Writes the weights of one block, zeros beyond the last token.
   *
   * @param target at least {@link #blockSize} numbers
   */
  default void block(int block, double[] target) {
    throw new UnsupportedOperationException("no weights in blocks");
  }

  /**
   * Returns the logit of one token, but for the rounding of sums that of {@link #logits}.
   *
   * @param token in [0, V)
   * @throws IllegalArgumentException if it is not
   */
  double logit(int token);

  @Override
  void close();
}
