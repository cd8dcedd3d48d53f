package org.lm4j.backend.openblas;

/** Softmax over one row of {@code n} logits. */
interface LossKernels {
  /** Negative log-likelihood of {@code target} in nats; the row stays as it is. */
  float crossEntropy(int n, long row, int target);

  /** As {@link #crossEntropy}; the row is overwritten with {@code (softmax - onehot) · scale}. */
  float crossEntropyGradient(int n, long row, int target, float scale);
}
