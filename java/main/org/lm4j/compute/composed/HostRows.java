package org.lm4j.compute.composed;

import org.lm4j.compute.Philox;
import org.lm4j.compute.RandomKey;

/** Operations on rows of numbers on the host, in float64. Rows lie one after the other. */
final class HostRows {
  private static final long LOW_32 = 0xFFFFFFFFL;

  private HostRows() {}

  static double[] dropout(double[] x, int width, double p, RandomKey key, int site) {
    double[] y = new double[x.length];
    long threshold = Philox.dropThreshold(p);
    for (int i = 0; i < x.length; i++) {
      if ((Philox.bits(key, site, key.index(i, width)) & LOW_32) >= threshold) {
        y[i] = x[i] / (1 - p);
      }
    }
    return y;
  }

  /** Returns {@code log Σ exp(z)} of {@code count} numbers from {@code from} on. */
  private static double logSumExp(double[] z, int from, int count) {
    double max = Double.NEGATIVE_INFINITY;
    for (int j = from; j < from + count; j++) {
      max = Math.max(max, z[j]);
    }
    double sum = 0;
    for (int j = from; j < from + count; j++) {
      sum += Math.exp(z[j] - max);
    }
    return max + Math.log(sum);
  }

  /** Returns the negative log-likelihood of each row's target, 0 where it is ignored. */
  static double[] crossEntropy(double[] logits, int[] targets, int ignore) {
    int classes = targets.length == 0 ? 0 : logits.length / targets.length;
    double[] loss = new double[targets.length];
    for (int i = 0; i < targets.length; i++) {
      if (targets[i] != ignore) {
        loss[i] = logSumExp(logits, i * classes, classes) - logits[i * classes + targets[i]];
      }
    }
    return loss;
  }

  /** Overwrites logits with {@code (softmax - onehot) scale}. */
  static void crossEntropyGradient(double[] logits, int[] targets, int ignore, double scale) {
    int classes = targets.length == 0 ? 0 : logits.length / targets.length;
    for (int i = 0; i < targets.length; i++) {
      int from = i * classes;
      double logSum = targets[i] == ignore ? 0 : logSumExp(logits, from, classes);
      for (int j = 0; j < classes; j++) {
        double wanted = j == targets[i] ? 1 : 0;
        logits[from + j] =
            targets[i] == ignore ? 0 : scale * (Math.exp(logits[from + j] - logSum) - wanted);
      }
    }
  }

  /** Returns the hinge losses and overwrites the scores with the gradient. */
  static double[] hinge(double[] scores, int[] targets, int ignore, double scale) {
    int classes = targets.length == 0 ? 0 : scores.length / targets.length;
    double[] loss = new double[targets.length];
    for (int i = 0; i < targets.length; i++) {
      int from = i * classes;
      boolean counts = targets[i] != ignore;
      double wanted = counts ? scores[from + targets[i]] : 0;
      int violations = 0;
      for (int j = 0; j < classes; j++) {
        double margin = 1 + scores[from + j] - wanted;
        boolean violated = counts && j != targets[i] && !(margin <= 0); // also where it is NaN
        loss[i] += violated ? margin : 0;
        violations += violated ? 1 : 0;
        scores[from + j] = violated ? scale : 0;
      }
      if (counts) {
        scores[from + targets[i]] = -violations * scale;
      }
    }
    return loss;
  }

  /**
   * Returns the softmax of the first {@code counted[i]} numbers of row {@code i}; the others become
   * 0.
   */
  static double[] softmax(double[] x, int[] counted, int width) {
    double[] y = new double[x.length];
    for (int i = 0; i < counted.length; i++) {
      double logSum = logSumExp(x, i * width, counted[i]);
      for (int j = i * width; j < i * width + counted[i]; j++) {
        y[j] = Math.exp(x[j] - logSum);
      }
    }
    return y;
  }

  static double[] softmaxBackward(double[] y, double[] dy, int width) {
    double[] dx = new double[y.length];
    for (int from = 0; from < y.length; from += width) {
      double mean = 0;
      for (int j = from; j < from + width; j++) {
        mean += y[j] * dy[j];
      }
      for (int j = from; j < from + width; j++) {
        dx[j] = y[j] * (dy[j] - mean);
      }
    }
    return dx;
  }
}
