package org.lm4j.nn;

import org.lm4j.compute.RandomKey;

/**
 * The output layer, softmax and loss of one window: scores {@code N} rows against one target each,
 * and computes gradients.
 */
public interface TokenLoss extends AutoCloseable {
  /** The target that is not scored. */
  int IGNORE = -1;

  /**
   * Prepares the targets of a window, which were also uploaded to the tensor of targets.
   *
   * @param targets at least {@code N}, each in [0, V) or {@link #IGNORE}
   */
  default void load(int[] targets) {}

  /** Writes the losses; keeps no gradient. */
  void loss();

  /**
   * Writes the losses and the gradient of the rows, and accumulates the gradients of the output
   * layer.
   *
   * @param gradientScale usually one over the number of targets scored
   * @param key what random choices depend on, where a loss makes any
   */
  void lossAndGradient(double gradientScale, RandomKey key);

  /** Computes the logits of every row, and passes them on in the order of the rows. */
  void logits(RowTaker taker);

  @Override
  void close();

  /** Receives the logits of a row. */
  @FunctionalInterface
  interface RowTaker {
    /**
     * Receives the logits of one row.
     *
     * @param row its index in 0..N-1
     * @param logits {@code V} numbers, valid during the call: their softmax is the distribution
     */
    void take(int row, double[] logits);
  }
}
