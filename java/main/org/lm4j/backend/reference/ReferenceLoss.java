package org.lm4j.backend.reference;

import static org.lm4j.backend.reference.ReferenceArithmetic.row;

import org.jspecify.annotations.Nullable;
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

  static void hinge(Tensor scores, Tensor targets, int ignore, double gradientScale, Tensor loss) {
    int classes = scores.shape().dim(1);
    for (int i = 0; i < scores.shape().dim(0); i++) {
      long s = row(scores, i);
      int target = Doubles.getInt(targets.address(), i);
      if (target == ignore) {
        Doubles.set(loss.address(), i, 0);
        Doubles.fill(s, classes, 0);
        continue;
      }
      double sum = 0;
      int violations = 0;
      double wanted = Doubles.get(s, target);
      for (int j = 0; j < classes; j++) {
        double margin = 1 + Doubles.get(s, j) - wanted;
        boolean violated = j != target && !(margin <= 0); // also where a score is NaN
        sum += violated ? margin : 0;
        violations += violated ? 1 : 0;
        Doubles.set(s, j, violated ? gradientScale : 0);
      }
      Doubles.set(s, target, -violations * gradientScale);
      Doubles.set(loss.address(), i, sum);
    }
  }

  static void softmax(Tensor x, @Nullable Tensor lengths, Tensor y) {
    int width = x.shape().dim(1);
    for (int i = 0; i < x.shape().dim(0); i++) {
      long from = row(x, i);
      long to = row(y, i);
      int counted = lengths == null ? width : Doubles.getInt(lengths.address(), i);
      double logSum = logSumExp(from, counted);
      for (int j = 0; j < width; j++) {
        Doubles.set(to, j, j < counted ? StrictMath.exp(Doubles.get(from, j) - logSum) : 0);
      }
    }
  }

  static void softmaxBackward(Tensor y, Tensor dy, Tensor dx) {
    int width = y.shape().dim(1);
    for (int i = 0; i < y.shape().dim(0); i++) {
      long p = row(y, i);
      long from = row(dy, i);
      double mean = Doubles.dot(p, 1, from, width);
      for (int j = 0; j < width; j++) {
        Doubles.set(row(dx, i), j, Doubles.get(p, j) * (Doubles.get(from, j) - mean));
      }
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
