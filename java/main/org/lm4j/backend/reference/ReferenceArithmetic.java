package org.lm4j.backend.reference;

import org.lm4j.compute.Activation;
import org.lm4j.compute.GemmOp;
import org.lm4j.tensor.Tensor;

/** Matrix products and elementwise functions. */
final class ReferenceArithmetic {
  private ReferenceArithmetic() {}

  /** Returns {@code 1 / (1 + exp(-x))}. */
  static double sigmoid(double x) {
    return 1 / (1 + StrictMath.exp(-x));
  }

  static void gemm(GemmOp op, double alpha, Tensor a, Tensor b, double beta, Tensor c) {
    int m = c.shape().dim(0);
    int n = c.shape().dim(1);
    int k = a.shape().dim(op.transposeA() ? 0 : 1);
    long rowOfA = op.transposeA() ? 1 : k; // elements from a[i, k] to a[i + 1, k] of op(a)
    int columnOfA = op.transposeA() ? m : 1; // and to a[i, k + 1]
    for (int i = 0; i < m; i++) {
      long rowA = a.address() + i * rowOfA * Doubles.BYTES;
      long rowC = row(c, i);
      for (int j = 0; j < n; j++) {
        Doubles.set(rowC, j, beta == 0 ? 0 : beta * Doubles.get(rowC, j));
      }
      if (op.transposeB()) {
        for (int j = 0; j < n; j++) {
          double product = Doubles.dot(rowA, columnOfA, row(b, j), k);
          Doubles.set(rowC, j, Doubles.get(rowC, j) + alpha * product);
        }
      } else {
        for (int l = 0; l < k; l++) {
          double factor = alpha * Doubles.get(rowA, (long) l * columnOfA);
          Doubles.addScaled(factor, row(b, l), rowC, n);
        }
      }
    }
  }

  static void axpy(double alpha, Tensor x, Tensor y) {
    for (long i = 0; i < x.size(); i++) {
      add(y.address(), i, alpha * Doubles.get(x.address(), i));
    }
  }

  static void scale(double alpha, Tensor x) {
    for (long i = 0; i < x.size(); i++) {
      Doubles.set(x.address(), i, alpha * Doubles.get(x.address(), i));
    }
  }

  static void multiply(Tensor x, Tensor y, Tensor z) {
    for (long i = 0; i < x.size(); i++) {
      Doubles.set(z.address(), i, Doubles.get(x.address(), i) * Doubles.get(y.address(), i));
    }
  }

  static void addBias(Tensor bias, Tensor y) {
    for (int i = 0; i < y.shape().dim(0); i++) {
      Doubles.addScaled(1, bias.address(), row(y, i), y.shape().dim(1));
    }
  }

  static void biasGradient(Tensor dy, Tensor db) {
    for (int i = 0; i < dy.shape().dim(0); i++) {
      Doubles.addScaled(1, row(dy, i), db.address(), dy.shape().dim(1));
    }
  }

  static void copyColumns(Tensor source, int from, Tensor target, int to, int width) {
    for (int i = 0; i < source.shape().dim(0); i++) {
      long at = row(source, i) + (long) from * Doubles.BYTES;
      Doubles.copy(at, row(target, i) + (long) to * Doubles.BYTES, width);
    }
  }

  static void copySequences(Tensor source, Tensor lengths, boolean reversed, Tensor target) {
    int batch = target.shape().dim(1);
    int width = target.shape().dim(2);
    long rowBytes = (long) width * Doubles.BYTES;
    for (int t = 0; t < target.shape().dim(0); t++) {
      for (int b = 0; b < batch; b++) {
        int length = Doubles.getInt(lengths.address(), b);
        int from = reversed ? length - 1 - t : t;
        long at = target.address() + ((long) t * batch + b) * rowBytes;
        if (t < length && from < source.shape().dim(0)) {
          Doubles.copy(source.address() + ((long) from * batch + b) * rowBytes, at, width);
        } else {
          for (int j = 0; j < width; j++) {
            Doubles.set(at, j, 0);
          }
        }
      }
    }
  }

  static void activate(Activation f, Tensor x, Tensor y) {
    for (long i = 0; i < x.size(); i++) {
      double value = Doubles.get(x.address(), i);
      double result =
          switch (f) {
            case SIGMOID -> sigmoid(value);
            case TANH -> StrictMath.tanh(value);
            case RELU -> Math.max(0, value);
          };
      Doubles.set(y.address(), i, result);
    }
  }

  static void activateBackward(Activation f, Tensor y, Tensor dy, Tensor dx) {
    for (long i = 0; i < y.size(); i++) {
      double value = Doubles.get(y.address(), i);
      double gradient = Doubles.get(dy.address(), i);
      double result =
          switch (f) {
            case SIGMOID -> gradient * (value * (1 - value));
            case TANH -> gradient * (1 - value * value);
            case RELU -> value > 0 ? gradient : 0;
          };
      Doubles.set(dx.address(), i, result);
    }
  }

  static double sum(Tensor x) {
    double sum = 0;
    for (long i = 0; i < x.size(); i++) {
      sum += Doubles.get(x.address(), i);
    }
    return sum;
  }

  /** Address of row {@code i} of a matrix. */
  static long row(Tensor matrix, int i) {
    return matrix.address() + (long) i * matrix.shape().dim(1) * Doubles.BYTES;
  }

  private static void add(long x, long i, double value) {
    Doubles.set(x, i, Doubles.get(x, i) + value);
  }
}
