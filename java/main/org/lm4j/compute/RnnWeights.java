package org.lm4j.compute;

import java.util.List;
import org.lm4j.tensor.Tensor;

/**
 * The weights of a recurrent stack, or their gradients, as views into the owner's flat buffer.
 *
 * @param layers from the input upwards
 */
public record RnnWeights(List<Layer> layers) {
  /** Copies the list. */
  public RnnWeights {
    layers = List.copyOf(layers);
  }

  /**
   * One layer.
   *
   * @param weightIh input weights, {@code (G·H, D)}
   * @param weightHh recurrent weights, {@code (G·H, H)}; empty where the cell has none
   * @param biasIh bias of {@code W x}, {@code (G·H)}: b in the equations
   * @param biasHh bias of {@code U h}, {@code (G·H)}: bU in the equations; empty where the cell has
   *     no recurrent weights
   */
  public record Layer(Tensor weightIh, Tensor weightHh, Tensor biasIh, Tensor biasHh) {}
}
