package org.lm4j.backend.reference;

import static org.lm4j.backend.reference.ReferenceArithmetic.row;

import org.lm4j.tensor.Tensor;

/**
 * Softmax and its cross-entropy, in nats:
 *
 * <pre>
 *   loss = log Σ exp(z) - z[target]          gradient = softmax(z) - onehot(target)
 * </pre>
 *
 * The largest logit is subtracted first, which changes neither and keeps exp from overflowing
 * (Goodfellow, Bengio and Courville, "Deep Learning", 2016, section 4.1).
 */
final class ReferenceLoss {
  private ReferenceLoss() {}

  static void softmaxCrossEntropy(
      Tensor logits, Tensor targets, int ignore, double gradientScale, Tensor loss) {
    int classes = logits.shape().dim(1);
    for (int i = 0; i < logits.shape().dim(0); i++) {
      long z = row(logits, i);
      int target = Doubles.getInt(targets.address(), i);
      if (target == ignore) {
        Doubles.set(loss.address(), i, 0);
        Doubles.fill(z, classes, 0);
        continue;
      }
      double logSum = logSumExp(z, classes);
      Doubles.set(loss.address(), i, logSum - Doubles.get(z, target));
      for (int j = 0; j < classes; j++) {
        double probability = StrictMath.exp(Doubles.get(z, j) - logSum);
        Doubles.set(z, j, (probability - (j == target ? 1 : 0)) * gradientScale);
      }
    }
  }

  static void crossEntropy(Tensor logits, Tensor targets, int ignore, Tensor loss) {
    int classes = logits.shape().dim(1);
    for (int i = 0; i < logits.shape().dim(0); i++) {
      long z = row(logits, i);
      int target = Doubles.getInt(targets.address(), i);
      double value = target == ignore ? 0 : logSumExp(z, classes) - Doubles.get(z, target);
      Doubles.set(loss.address(), i, value);
    }
  }

  private static double logSumExp(long z, int n) {
    double max = Double.NEGATIVE_INFINITY;
    for (int j = 0; j < n; j++) {
      max = Math.max(max, Doubles.get(z, j));
    }
    double sum = 0;
    for (int j = 0; j < n; j++) {
      sum += StrictMath.exp(Doubles.get(z, j) - max);
    }
    return max + StrictMath.log(sum);
  }
}
