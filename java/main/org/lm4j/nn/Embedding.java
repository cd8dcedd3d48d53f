package org.lm4j.nn;

import org.lm4j.compute.Backend;
import org.lm4j.compute.RnnInOut;
import org.lm4j.tensor.Tensor;

/** Looks up one row of a table for each token: {@code y[i] = W[ids[i]]}, {@code W (V, D)}. */
public final class Embedding {
  private final Backend backend;
  private final Parameter weight;

  /** Creates a layer over a table of shape {@code (V, D)}. */
  public Embedding(Backend backend, Parameter weight) {
    this.backend = backend;
    this.weight = weight;
  }

  /**
   * Computes {@code y[i] = W[ids[i]]}.
   *
   * @param ids {@code I32 (N)}
   * @param y {@code (N, D)}; overwritten
   */
  public void forward(Tensor ids, Tensor y) {
    backend.embed(weight.value(), ids, y);
  }

  /**
   * Returns the lookup of {@code ids}, for callers that can combine it with their own computation.
   */
  public RnnInOut.Lookup lookup(Tensor ids) {
    return new RnnInOut.Lookup(weight.value(), ids);
  }

  /** Returns the table, {@code (V, D)}. */
  public Tensor table() {
    return weight.value();
  }

  /** Returns the gradient of the table, {@code (V, D)}. */
  public Tensor gradient() {
    return weight.gradient();
  }

  /** Computes {@code dW[ids[i]] += dy[i]}, where {@code dy} is {@code (N, D)}. */
  public void backward(Tensor ids, Tensor dy) {
    backend.embedBackward(dy, ids, weight.gradient());
  }
}
