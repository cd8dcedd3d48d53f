package org.lm4j.nn;

import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.tensor.Tensor;

/**
 * Inverted dropout (Srivastava et al., "Dropout", JMLR 2014): while training each element is zeroed
 * with probability {@code p} and the rest scaled by {@code 1 / (1 - p)}, so that evaluation needs
 * no scaling. The mask is a function of key, site and place, drawn again in the backward pass
 * instead of being kept.
 */
public final class Dropout {
  private final Backend backend;
  private final double p;
  private final int site;

  /**
   * Creates a dropout layer.
   *
   * @param p probability of dropping, in [0, 1)
   * @param site the random site, which must differ from those of all other layers in the model
   */
  public Dropout(Backend backend, double p, int site) {
    this.backend = backend;
    this.p = p;
    this.site = site;
  }

  /** Returns whether it does anything. */
  public boolean active() {
    return p > 0;
  }

  /** Computes {@code y = mask ⊙ x / (1 - p)}; may work in place. */
  public void forward(Tensor x, Tensor y, RandomKey key) {
    backend.dropout(x, y, p, key, site);
  }

  /**
   * Computes {@code dx = mask ⊙ dy / (1 - p)} with the mask of the forward pass; may work in place.
   */
  public void backward(Tensor dy, Tensor dx, RandomKey key) {
    backend.dropout(dy, dx, p, key, site);
  }
}
