package org.lm4j.backend.cpu.kernel.scalar;

import static org.lm4j.backend.cpu.kernel.PlainMemory.get;
import static org.lm4j.backend.cpu.kernel.PlainMemory.set;

import org.lm4j.backend.cpu.kernel.LossKernels;

/** Softmax in plain loops. */
public final class ScalarLossKernels implements LossKernels {
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

  @Override
  public void softmax(int n, long row) {
    float max = max(n, row);
    double sum = 0;
    for (int i = 0; i < n; i++) {
      double e = Math.exp((double) get(row, i) - max);
      sum += e;
      set(row, i, e);
    }
    for (int i = 0; i < n; i++) {
      set(row, i, get(row, i) / sum);
    }
  }

  @Override
  public void softmaxBackward(int n, long y, long dy, long dx) {
    double mean = 0;
    for (int i = 0; i < n; i++) {
      mean += (double) get(y, i) * get(dy, i);
    }
    for (int i = 0; i < n; i++) {
      set(dx, i, get(y, i) * (get(dy, i) - mean));
    }
  }

  @Override
  public float hinge(int n, long row, int target, float scale) {
    float wanted = get(row, target);
    double sum = 0;
    int violations = 0;
    for (int i = 0; i < n; i++) {
      double margin = 1 + ((double) get(row, i) - wanted);
      boolean violated = i != target && !(margin <= 0); // also where a score is NaN
      sum += violated ? margin : 0;
      violations += violated ? 1 : 0;
      set(row, i, violated ? scale : 0);
    }
    set(row, target, -violations * scale);
    return (float) sum;
  }

  private static float max(int n, long row) {
    float max = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < n; i++) {
      max = Math.max(max, get(row, i));
    }
    return max;
  }
}
