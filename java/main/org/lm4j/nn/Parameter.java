package org.lm4j.nn;

import org.jspecify.annotations.Nullable;
import org.lm4j.tensor.Tensor;

/**
 * One named weight of a model and its gradient: views into the flat buffers of {@link Parameters}.
 *
 * @param name PyTorch's name, {@code rnn.weight_ih_l0}
 * @param value the weight
 * @param gradientOrNull its gradient, of the same shape; null in a model that is not trained
 */
public record Parameter(String name, Tensor value, @Nullable Tensor gradientOrNull) {
  /**
   * Returns the gradient.
   *
   * @throws IllegalStateException if the model was made without gradients
   */
  public Tensor gradient() {
    if (gradientOrNull == null) {
      throw new IllegalStateException(
          name + " has no gradient: the model was opened for inference");
    }
    return gradientOrNull;
  }
}
