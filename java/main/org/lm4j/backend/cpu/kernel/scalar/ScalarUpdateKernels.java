package org.lm4j.backend.cpu.kernel.scalar;

import static org.lm4j.backend.cpu.kernel.PlainMemory.get;
import static org.lm4j.backend.cpu.kernel.PlainMemory.set;

import org.lm4j.backend.cpu.kernel.UpdateKernels;
import org.lm4j.backend.cpu.kernel.UpdateStep;

/** Optimizer steps in plain loops. */
public final class ScalarUpdateKernels implements UpdateKernels {
  private static float gradient(UpdateStep s, long g, long w, long i) {
    return get(g, i) * s.gradientScale + s.decay * get(w, i);
  }

  @Override
  public void sgd(UpdateStep s, long n, long w, long g, long m) {
    for (long i = 0; i < n; i++) {
      float grad = gradient(s, g, w, i);
      float step = grad;
      if (m != 0) {
        float buffer = s.first ? grad : s.momentum * get(m, i) + grad;
        set(m, i, buffer);
        step = s.nesterov ? s.momentum * buffer + grad : buffer;
      }
      set(w, i, get(w, i) - s.rate * step);
      set(g, i, 0);
    }
  }

  @Override
  public void rmsProp(UpdateStep s, long n, long w, long g, long v) {
    for (long i = 0; i < n; i++) {
      float grad = gradient(s, g, w, i);
      float mean = s.momentum * get(v, i) + s.fresh * grad * grad;
      set(v, i, mean);
      set(w, i, get(w, i) - s.rate * grad / (Math.sqrt(mean) + s.epsilon));
      set(g, i, 0);
    }
  }

  @Override
  public void adaGrad(UpdateStep s, long n, long w, long g, long v) {
    for (long i = 0; i < n; i++) {
      float grad = gradient(s, g, w, i);
      float sum = get(v, i) + grad * grad;
      set(v, i, sum);
      set(w, i, get(w, i) - s.rate * grad / (Math.sqrt(sum) + s.epsilon));
      set(g, i, 0);
    }
  }

  @Override
  public void adam(UpdateStep s, long n, long w, long g, long m, long v) {
    for (long i = 0; i < n; i++) {
      float grad = gradient(s, g, w, i);
      float mean = s.momentum * get(m, i) + s.fresh * grad;
      float square = s.beta2 * get(v, i) + s.fresh2 * grad * grad;
      set(m, i, mean);
      set(v, i, square);
      double root = Math.sqrt(square) * s.rootCorrection + s.epsilon;
      set(w, i, get(w, i) * s.keep - s.rate * mean / root);
      set(g, i, 0);
    }
  }

  @Override
  public void anchored(UpdateStep s, long n, long w, long g, long m, long r) {
    for (long i = 0; i < n; i++) {
      float weight = get(w, i);
      float root = get(r, i);
      float step = get(g, i) * s.gradientScale / (root + s.epsilon);
      float back = Math.min(1, s.back * root) * (get(m, i) - weight);
      set(w, i, weight + back - s.rate * step);
      set(g, i, 0);
    }
  }
}
