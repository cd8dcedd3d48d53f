package org.lm4j.backend.cpu.kernel.scalar;

import static org.lm4j.backend.cpu.kernel.PlainMemory.get;
import static org.lm4j.backend.cpu.kernel.PlainMemory.set;

import org.lm4j.backend.cpu.kernel.ElementKernels;
import org.lm4j.backend.cpu.kernel.PlainMemory;

/** Elementwise kernels in plain loops. */
public final class ScalarElementKernels implements ElementKernels {
  @Override
  public void axpy(long n, float alpha, long x, long y) {
    for (long i = 0; i < n; i++) {
      set(y, i, Math.fma(alpha, get(x, i), get(y, i)));
    }
  }

  @Override
  public void scale(long n, float alpha, long x) {
    for (long i = 0; i < n; i++) {
      set(x, i, alpha * get(x, i));
    }
  }

  @Override
  public void multiply(long n, long x, long y, long z) {
    for (long i = 0; i < n; i++) {
      set(z, i, get(x, i) * get(y, i));
    }
  }

  @Override
  public void sigmoid(long n, long x, long y) {
    for (long i = 0; i < n; i++) {
      set(y, i, PlainMemory.sigmoid(get(x, i)));
    }
  }

  @Override
  public void tanh(long n, long x, long y) {
    for (long i = 0; i < n; i++) {
      set(y, i, Math.tanh(get(x, i)));
    }
  }

  @Override
  public void relu(long n, long x, long y) {
    for (long i = 0; i < n; i++) {
      float v = get(x, i);
      set(y, i, v < 0 ? 0 : v);
    }
  }

  @Override
  public void sigmoidBackward(long n, long y, long dy, long dx) {
    for (long i = 0; i < n; i++) {
      float out = get(y, i);
      set(dx, i, get(dy, i) * (out - out * out));
    }
  }

  @Override
  public void tanhBackward(long n, long y, long dy, long dx) {
    for (long i = 0; i < n; i++) {
      float out = get(y, i);
      set(dx, i, get(dy, i) * (1 - out * out));
    }
  }

  @Override
  public void reluBackward(long n, long y, long dy, long dx) {
    for (long i = 0; i < n; i++) {
      set(dx, i, get(y, i) > 0 ? get(dy, i) : 0);
    }
  }

  @Override
  public void clamp(long n, float limit, long x) {
    for (long i = 0; i < n; i++) {
      set(x, i, Math.min(Math.max(get(x, i), -limit), limit));
    }
  }

  @Override
  public void fill(long n, float value, long x) {
    for (long i = 0; i < n; i++) {
      set(x, i, value);
    }
  }

  @Override
  public double sum(long n, long x) {
    double sum = 0;
    for (long i = 0; i < n; i++) {
      sum += get(x, i);
    }
    return sum;
  }

  @Override
  public double sumOfSquares(long n, long x) {
    double sum = 0;
    for (long i = 0; i < n; i++) {
      double v = get(x, i);
      sum += v * v;
    }
    return sum;
  }
}
