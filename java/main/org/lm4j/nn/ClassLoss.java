package org.lm4j.nn;

import org.lm4j.compute.Backend;
import org.lm4j.tensor.Tensor;

/** A classification loss of scores {@code (N, C)} with targets {@code I32 (N)}. */
public enum ClassLoss {
  /** Softmax cross-entropy, {@code - log softmax(scores)[target]}, in nats. */
  SOFTMAX("softmax") {
    @Override
    public void lossAndGradient(
        Backend backend, Tensor scores, Tensor targets, double gradientScale, Tensor losses) {
      backend.softmaxCrossEntropy(scores, targets, SoftmaxOutput.IGNORE, gradientScale, losses);
    }
  },
  /**
   * The hinge loss of a multiclass support vector machine, {@code Σ max(0, 1 + scores[j] -
   * scores[target])} over all classes {@code j} except the target.
   */
  SVM("svm") {
    @Override
    public void lossAndGradient(
        Backend backend, Tensor scores, Tensor targets, double gradientScale, Tensor losses) {
      backend.hinge(scores, targets, SoftmaxOutput.IGNORE, gradientScale, losses);
    }
  };

  private final String label;

  ClassLoss(String label) {
    this.label = label;
  }

  /**
   * Computes losses and gradient.
   *
   * @param scores {@code (N, C)}; overwritten with their gradient times {@code gradientScale}
   * @param targets {@code I32 (N)}, each in [0, C), or {@link SoftmaxOutput#IGNORE}
   * @param gradientScale 1/N for the gradient of the mean
   * @param losses {@code (N)}; overwritten, 0 where ignored
   */
  public abstract void lossAndGradient(
      Backend backend, Tensor scores, Tensor targets, double gradientScale, Tensor losses);

  /** Returns the name users write: {@code softmax}, {@code svm}. */
  public String label() {
    return label;
  }

  /**
   * Returns the loss users call {@code label}.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static ClassLoss of(String label) {
    for (ClassLoss loss : values()) {
      if (loss.label.equals(label)) {
        return loss;
      }
    }
    throw new IllegalArgumentException("unknown loss '" + label + "'; there are softmax, svm");
  }
}
