package org.lm4j.backend.cpu.kernel;

/** Softmax and losses over one row of {@code n} logits. */
public interface LossKernels {
  /** Negative log-likelihood of {@code target} in nats; the row stays as it is. */
  float crossEntropy(int n, long row, int target);

  /** As {@link #crossEntropy}; the row is overwritten with {@code (softmax - onehot) · scale}. */
  float crossEntropyGradient(int n, long row, int target, float scale);

  /** The row is overwritten with its softmax; {@code n} is at least 1. */
  void softmax(int n, long row);

  /** {@code dx = y ⊙ (dy - Σ y dy)}; {@code dx} may be {@code dy}. */
  void softmaxBackward(int n, long y, long dy, long dx);

  /**
   * Multiclass hinge loss of {@code target}; the row is overwritten with its gradient times {@code
   * scale}.
   */
  float hinge(int n, long row, int target, float scale);
}
