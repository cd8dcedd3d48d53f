package org.lm4j.task.inspect;

import java.util.Arrays;
import org.lm4j.compute.Philox;
import org.lm4j.compute.RandomKey;

/**
 * The largest singular value of a matrix, by power iteration on {@code AᵀA} (Golub and Van Loan,
 * "Matrix Computations", section 8.2): {@code v ← AᵀA v / ‖AᵀA v‖}, {@code σ = ‖A v‖}.
 *
 * <p>It stops when {@code ‖AᵀA v - σ² v‖ ≤ 1e-6 σ²}: then a singular value lies within 1e-6 of σ,
 * relatively, and much closer if the next one is not as close. It is computed on the host in double
 * precision, whatever device the weights come from.
 *
 * @param value σ; never above the largest singular value except by rounding; NaN if the matrix is
 *     not finite
 * @param converged whether the criterion was met; if not, σ is a lower bound
 */
public record SingularValue(double value, boolean converged) {
  private static final double TOLERANCE = 1e-6;
  private static final int MOST_ITERATIONS = 5_000;
  private static final RandomKey START = new RandomKey(0, 0); // any vector not orthogonal to v does

  /**
   * Computes the largest singular value of a matrix.
   *
   * @param matrix {@code (rows, columns)}, row-major; not modified
   * @throws IllegalArgumentException if it has not that many elements, or none
   */
  public static SingularValue largest(double[] matrix, int columns) {
    if (columns < 1 || matrix.length == 0 || matrix.length % columns != 0) {
      throw new IllegalArgumentException(
          matrix.length + " numbers are not rows of " + columns + " columns");
    }
    double size = 0;
    for (double element : matrix) {
      size = Math.max(size, Math.abs(element)); // NaN stays
    }
    if (size == 0 || !Double.isFinite(size)) {
      return new SingularValue(size == 0 ? 0 : Double.NaN, size == 0);
    }
    double[] v = new double[columns];
    Arrays.setAll(v, i -> 0.5 + Philox.uniform(START, 0, i) * (i % 2 == 0 ? 1 : -1));
    normalize(v, norm(v));
    double[] w = new double[columns];
    double squared = 0;
    for (int iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
      squared = multiply(matrix, size, v, w);
      double residual = 0;
      for (int i = 0; i < columns; i++) {
        double off = w[i] - squared * v[i];
        residual += off * off;
      }
      if (Math.sqrt(residual) <= TOLERANCE * squared) {
        return new SingularValue(size * Math.sqrt(squared), true);
      }
      double length = norm(w);
      System.arraycopy(w, 0, v, 0, columns);
      normalize(v, length);
    }
    return new SingularValue(size * Math.sqrt(squared), false);
  }

  /**
   * Computes {@code w = AᵀA v} and {@code ‖A v‖²}, where {@code A = matrix / size}, in one pass.
   */
  private static double multiply(double[] matrix, double size, double[] v, double[] w) {
    int columns = v.length;
    Arrays.fill(w, 0);
    double squared = 0;
    for (int row = 0; row < matrix.length; row += columns) {
      double u = dot(matrix, row, v) / size;
      squared += u * u;
      double factor = u / size;
      for (int i = 0; i < columns; i++) {
        w[i] += factor * matrix[row + i];
      }
    }
    return squared;
  }

  /** Returns a dot product, in four sums that the processor can compute side by side. */
  private static double dot(double[] matrix, int row, double[] v) {
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    int i = 0;
    for (; i + 3 < v.length; i += 4) {
      a += matrix[row + i] * v[i];
      b += matrix[row + i + 1] * v[i + 1];
      c += matrix[row + i + 2] * v[i + 2];
      d += matrix[row + i + 3] * v[i + 3];
    }
    for (; i < v.length; i++) {
      a += matrix[row + i] * v[i];
    }
    return (a + b) + (c + d);
  }

  private static double norm(double[] v) {
    double squares = 0;
    for (double element : v) {
      squares += element * element;
    }
    return Math.sqrt(squares);
  }

  private static void normalize(double[] v, double length) {
    for (int i = 0; i < v.length; i++) {
      v[i] /= length;
    }
  }
}
