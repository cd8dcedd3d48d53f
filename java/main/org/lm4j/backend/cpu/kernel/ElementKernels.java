package org.lm4j.backend.cpu.kernel;

/**
 * Elementwise kernels over {@code n} floats at raw addresses. Any may work in place, address for
 * address.
 */
public interface ElementKernels {
  /** Computes {@code y += alpha · x}. */
  void axpy(long n, float alpha, long x, long y);

  /** Computes {@code x = alpha · x}. */
  void scale(long n, float alpha, long x);

  /** Computes {@code z = x ⊙ y}. */
  void multiply(long n, long x, long y, long z);

  /** Computes {@code y = 1 / (1 + exp(-x))}. */
  void sigmoid(long n, long x, long y);

  /** Computes {@code y = tanh x}. */
  void tanh(long n, long x, long y);

  /** Computes {@code y = max(0, x)}; NaN stays NaN. */
  void relu(long n, long x, long y);

  /** Computes {@code dx = dy · y (1 - y)}. */
  void sigmoidBackward(long n, long y, long dy, long dx);

  /** Computes {@code dx = dy · (1 - y²)}. */
  void tanhBackward(long n, long y, long dy, long dx);

  /** Computes {@code dx = dy} where {@code y > 0}, else 0. */
  void reluBackward(long n, long y, long dy, long dx);

  /** Computes {@code x = min(max(x, -limit), limit)}; NaN stays NaN. */
  void clamp(long n, float limit, long x);

  /** Sets every element. */
  void fill(long n, float value, long x);

  /** Returns the sum, accumulated in double precision. */
  double sum(long n, long x);

  /** Returns the sum of squares, accumulated in double precision. */
  double sumOfSquares(long n, long x);
}
