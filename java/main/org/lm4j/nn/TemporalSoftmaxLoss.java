package org.lm4j.nn;

import org.lm4j.compute.Backend;
import org.lm4j.tensor.Tensor;

/**
 * Softmax and cross-entropy at each time step of sequences that end at different times: steps after
 * an end are padded with {@code <NULL>}, and a target of {@code <NULL>} counts neither in the loss
 * nor in the gradient.
 *
 * <pre>
 *   loss = - 1/n Σ over t, b with target ≠ NULL of log softmax(scores[t, b])[target[t, b]]
 * </pre>
 */
public final class TemporalSoftmaxLoss {
  /** The divisor of the sum. */
  public enum Average {
    /** The number of sequences, n = B: a long sequence weighs more than a short one. */
    SEQUENCES,
    /** The number of targets that count: each word weighs the same. */
    TOKENS
  }

  private final Backend backend;
  private final int nullId;
  private final Average average;

  /**
   * Creates a loss that ignores targets {@code nullId}.
   *
   * @param nullId the target that does not count
   */
  public TemporalSoftmaxLoss(Backend backend, int nullId, Average average) {
    this.backend = backend;
    this.nullId = nullId;
    this.average = average;
  }

  /**
   * Returns the divisor of losses and gradients, at least 1. Computed from the host's targets,
   * without waiting for a device.
   *
   * @param targets time-major, {@code T·B} of them
   * @param batch {@code B}
   */
  public int divisor(int[] targets, int batch) {
    if (average == Average.SEQUENCES) {
      return batch;
    }
    int counted = 0;
    for (int target : targets) {
      counted += target == nullId ? 0 : 1;
    }
    return Math.max(1, counted);
  }

  /**
   * Computes losses and gradient.
   *
   * @param scores {@code (T, B, V)}; overwritten with the gradient of the loss
   * @param targets {@code I32 (T·B)}, each in [0, V)
   * @param divisor as {@link #divisor} says
   * @param losses {@code (T·B)}; overwritten with the losses of the targets, not divided; 0 where
   *     the target is {@code <NULL>}
   */
  public void lossAndGradient(Tensor scores, Tensor targets, int divisor, Tensor losses) {
    backend.softmaxCrossEntropy(
        TemporalAffine.rows(scores), targets, nullId, 1.0 / divisor, losses);
  }

  /** Computes only the losses; {@code scores} stay as they are. */
  public void loss(Tensor scores, Tensor targets, Tensor losses) {
    backend.crossEntropy(TemporalAffine.rows(scores), targets, nullId, losses);
  }
}
