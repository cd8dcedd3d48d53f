package org.lm4j.backend.cpu.kernel;

/** Softmax and losses over one row of {@code n} logits. */
public interface LossKernels {
  /** Returns the negative log-likelihood of {@code target} in nats; the row stays as it is. */
  float crossEntropy(int n, long row, int target);

  /**
   * Returns the loss as {@link #crossEntropy} does, and overwrites the row with {@code (softmax -
   * onehot) · scale}.
   */
  float crossEntropyGradient(int n, long row, int target, float scale);

  /** Overwrites the row with its softmax; {@code n} is at least 1. */
  void softmax(int n, long row);

  /** Computes {@code dx = y ⊙ (dy - Σ y dy)}; {@code dx} may be {@code dy}. */
  void softmaxBackward(int n, long y, long dy, long dx);

  /**
   * Returns the multiclass hinge loss of {@code target}, and overwrites the row with its gradient
   * times {@code scale}.
   */
  float hinge(int n, long row, int target, float scale);
}
