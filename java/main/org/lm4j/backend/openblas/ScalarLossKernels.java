package org.lm4j.backend.openblas;

import static org.lm4j.backend.openblas.PlainMemory.get;
import static org.lm4j.backend.openblas.PlainMemory.set;

/** Softmax in plain loops. */
final class ScalarLossKernels implements LossKernels {
  @Override
  public float crossEntropy(int n, long row, int target) {
    float max = max(n, row);
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum += Math.exp((double) get(row, i) - max);
    }
    return (float) (Math.log(sum) - ((double) get(row, target) - max));
  }

  @Override
  public float crossEntropyGradient(int n, long row, int target, float scale) {
    float max = max(n, row);
    double logit = (double) get(row, target) - max;
    double sum = 0;
    for (int i = 0; i < n; i++) {
      double e = Math.exp((double) get(row, i) - max);
      sum += e;
      set(row, i, e);
    }
    double factor = scale / sum;
    for (int i = 0; i < n; i++) {
      set(row, i, get(row, i) * factor - (i == target ? scale : 0));
    }
    return (float) (Math.log(sum) - logit);
  }

  private static float max(int n, long row) {
    float max = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < n; i++) {
      max = Math.max(max, get(row, i));
    }
    return max;
  }
}
