package org.lm4j.compute;

import org.lm4j.tensor.Tensor;

/**
 * The weights of a language model, as a {@link IncrementalDecoder} reads them: all of the backend's
 * float type. Once their owner has closed them, readers throw {@link IllegalStateException}.
 *
 * @param spec the recurrent stack
 * @param table embedding, {@code (V, D)}
 * @param weights of the stack
 * @param output output layer, {@code (V, H)}; may be the table
 * @param bias of the output layer, {@code (V)}
 */
public record TokenModel(
    RnnSpec spec, Tensor table, RnnWeights weights, Tensor output, Tensor bias) {
  /**
   * Requires that the memory of the weights is open.
   *
   * @throws IllegalStateException if somebody closed it
   */
  public void requireOpen() {
    table.address();
    output.address();
    weights.layers().getFirst().weightHh().address();
  }

  /** Returns the number of tokens {@code V}. */
  public int vocabulary() {
    return table.shape().dim(0);
  }
}
