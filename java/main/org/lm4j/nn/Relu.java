package org.lm4j.nn;

import org.lm4j.compute.Activation;
import org.lm4j.compute.Backend;
import org.lm4j.tensor.Tensor;

/** A ReLU layer, {@code y = max(0, x)}, elementwise. */
public final class Relu {
  private final Backend backend;

  /** Creates a layer, which has no weights. */
  public Relu(Backend backend) {
    this.backend = backend;
  }

  /** Computes {@code y = max(0, x)}; may work in place. */
  public void forward(Tensor x, Tensor y) {
    backend.activate(Activation.RELU, x, y);
  }

  /**
   * Computes {@code dx = dy} where {@code y > 0}, else 0; may work in place on {@code dy}.
   *
   * @param y the output of the forward pass, from which the gradient follows
   */
  public void backward(Tensor y, Tensor dy, Tensor dx) {
    backend.activateBackward(Activation.RELU, y, dy, dx);
  }
}
