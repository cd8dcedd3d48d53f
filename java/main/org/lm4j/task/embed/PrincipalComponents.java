package org.lm4j.task.embed;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.lm4j.data.VectorTable;

/**
 * The directions in which vectors vary most, and the coordinates of each vector along them
 * (principal component analysis). They are the eigenvectors of the vectors' covariance matrix,
 * found in float64 by Jacobi's rotations (Golub and Van Loan, "Matrix Computations", section 8.5).
 * Where there are fewer vectors than dimensions, those of the smaller matrix of the vectors' inner
 * products lead to the same components. The sign of a component is chosen so that its element of
 * largest magnitude is positive.
 */
public final class PrincipalComponents {
  private static final int SWEEPS = 60; // converges in about ten
  private static final double SMALL = 1e-30; // of the squared norm of the matrix
  private static final double NONE = 1e-13; // share of a component that is due to rounding

  private final double[][] components; // (K, D)
  private final double[][] coordinates; // (N, K)
  private final double[] shares; // (K)

  private PrincipalComponents(double[][] components, double[][] coordinates, double[] shares) {
    this.components = components;
    this.coordinates = coordinates;
    this.shares = shares;
  }

  /**
   * Analyses the directions of word vectors: each is scaled to length 1 first, as nearest
   * neighbours by cosine see it. A vector of length zero stays as it is.
   *
   * @param rows of the table, at least one
   * @param count the number K of components, at most the table's dimension
   */
  public static PrincipalComponents ofDirections(VectorTable table, List<Integer> rows, int count) {
    double[][] vectors = new double[rows.size()][table.dimension()];
    for (int n = 0; n < vectors.length; n++) {
      double squares = 0;
      for (int i = 0; i < vectors[n].length; i++) {
        vectors[n][i] = table.get(rows.get(n), i);
        squares += vectors[n][i] * vectors[n][i];
      }
      for (int i = 0; squares > 0 && i < vectors[n].length; i++) {
        vectors[n][i] /= Math.sqrt(squares);
      }
    }
    return of(vectors, count);
  }

  /**
   * Analyses vectors.
   *
   * @param vectors {@code (N, D)}, N at least 1
   * @param count the number K of components, at most D
   * @throws IllegalArgumentException if there are no vectors, they differ in length, or there are
   *     not that many components
   */
  public static PrincipalComponents of(double[][] vectors, int count) {
    if (vectors.length == 0) {
      throw new IllegalArgumentException("no vectors");
    }
    int dimension = vectors[0].length;
    if (count < 1 || count > dimension) {
      throw new IllegalArgumentException(count + " components of " + dimension + " dimensions");
    }
    double[][] centred = centred(vectors, dimension);
    boolean few = centred.length < dimension;
    double[][] products = few ? productsOfRows(centred) : products(centred, dimension);
    double[][] basis = new double[products.length][products.length]; // rows become eigenvectors
    for (int i = 0; i < basis.length; i++) {
      basis[i][i] = 1;
    }
    diagonalize(products, basis);
    double all = 0;
    for (int i = 0; i < products.length; i++) {
      all += products[i][i];
    }
    int[] order =
        IntStream.range(0, products.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -products[i][i]))
            .limit(count)
            .mapToInt(Integer::intValue)
            .toArray();
    double[][] components = new double[count][];
    double[] shares = new double[count];
    for (int k = 0; k < count; k++) {
      double variance = k < order.length ? Math.max(0, products[order[k]][order[k]]) : 0;
      shares[k] = all > 0 ? variance / all : 0;
      if (few) {
        components[k] =
            shares[k] > NONE
                ? combined(basis[order[k]], centred, Math.sqrt(variance))
                : perpendicular(Arrays.copyOf(components, k), dimension);
      } else {
        components[k] = basis[order[k]];
      }
      orient(components[k]);
    }
    double[][] coordinates = new double[vectors.length][count];
    for (int n = 0; n < vectors.length; n++) {
      for (int k = 0; k < count; k++) {
        coordinates[n][k] = dot(centred[n], components[k]);
      }
    }
    return new PrincipalComponents(components, coordinates, shares);
  }

  private static double[][] centred(double[][] vectors, int dimension) {
    double[] mean = new double[dimension];
    for (double[] vector : vectors) {
      if (vector.length != dimension) {
        throw new IllegalArgumentException(
            "vectors of " + dimension + " and of " + vector.length + " numbers");
      }
      for (int i = 0; i < dimension; i++) {
        mean[i] += vector[i] / vectors.length;
      }
    }
    double[][] centred = new double[vectors.length][dimension];
    for (int n = 0; n < vectors.length; n++) {
      for (int i = 0; i < dimension; i++) {
        centred[n][i] = vectors[n][i] - mean[i];
      }
    }
    return centred;
  }

  /** Returns {@code XᵀX}: the covariance times the number of vectors. */
  private static double[][] products(double[][] rows, int dimension) {
    double[][] products = new double[dimension][dimension];
    for (double[] row : rows) {
      for (int i = 0; i < dimension; i++) {
        for (int j = 0; j < dimension; j++) {
          products[i][j] += row[i] * row[j];
        }
      }
    }
    return products;
  }

  /** Returns {@code XXᵀ}, which has the same eigenvalues but for zeros. */
  private static double[][] productsOfRows(double[][] rows) {
    double[][] products = new double[rows.length][rows.length];
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j <= i; j++) {
        products[i][j] = dot(rows[i], rows[j]);
        products[j][i] = products[i][j];
      }
    }
    return products;
  }

  /** Returns the sum of rows with these weights, divided by its length. */
  private static double[] combined(double[] weights, double[][] rows, double length) {
    double[] sum = new double[rows[0].length];
    for (int n = 0; n < rows.length; n++) {
      for (int i = 0; i < sum.length; i++) {
        sum[i] += weights[n] / length * rows[n][i];
      }
    }
    return sum;
  }

  /** Returns a vector of length 1 that is perpendicular to these of length 1, fewer than D. */
  private static double[] perpendicular(double[][] others, int dimension) {
    double[] best = new double[dimension];
    double longest = 0;
    for (int axis = 0; axis <= others.length; axis++) { // one of so many is not in their span
      double[] vector = new double[dimension];
      vector[axis] = 1;
      for (double[] other : others) {
        double along = dot(vector, other);
        for (int i = 0; i < dimension; i++) {
          vector[i] -= along * other[i];
        }
      }
      double length = Math.sqrt(dot(vector, vector));
      if (length > longest) {
        longest = length;
        best = vector;
      }
    }
    for (int i = 0; i < dimension; i++) {
      best[i] /= longest;
    }
    return best;
  }

  /** Makes a symmetric matrix diagonal by rotations, which the rows of {@code basis} follow. */
  private static void diagonalize(double[][] a, double[][] basis) {
    double all = 0;
    for (double[] row : a) {
      all += dot(row, row);
    }
    for (int sweep = 0; sweep < SWEEPS && offDiagonal(a) > SMALL * all; sweep++) {
      for (int p = 0; p < a.length - 1; p++) {
        for (int q = p + 1; q < a.length; q++) {
          if (a[p][q] != 0) {
            rotate(a, basis, p, q);
          }
        }
      }
    }
  }

  private static double offDiagonal(double[][] a) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < a.length; j++) {
        sum += i == j ? 0 : a[i][j] * a[i][j];
      }
    }
    return sum;
  }

  /** Rotates rows and columns p and q so that {@code a[p][q]} becomes 0. */
  private static void rotate(double[][] a, double[][] basis, int p, int q) {
    double theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
    double t = Math.copySign(1, theta) / (Math.abs(theta) + Math.hypot(theta, 1));
    double c = 1 / Math.hypot(t, 1);
    double s = t * c;
    double first = a[p][p] - t * a[p][q];
    double second = a[q][q] + t * a[p][q];
    rotate(a[p], a[q], c, s);
    rotate(basis[p], basis[q], c, s);
    for (int i = 0; i < a.length; i++) {
      a[i][p] = a[p][i];
      a[i][q] = a[q][i];
    }
    a[p][p] = first;
    a[q][q] = second;
    a[p][q] = 0;
    a[q][p] = 0;
  }

  private static void rotate(double[] left, double[] right, double c, double s) {
    for (int i = 0; i < left.length; i++) {
      double before = left[i];
      left[i] = c * before - s * right[i];
      right[i] = s * before + c * right[i];
    }
  }

  /** Changes the sign of a vector if its element of largest magnitude is negative. */
  private static void orient(double[] vector) {
    double largest = 0;
    for (double element : vector) {
      largest = Math.abs(element) > Math.abs(largest) ? element : largest;
    }
    for (int i = 0; largest < 0 && i < vector.length; i++) {
      vector[i] = -vector[i];
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /** Returns element {@code i} of a component, the first one at 0; components have length 1. */
  public double component(int k, int i) {
    return components[k][i];
  }

  /** Returns how far vector {@code n} lies from the mean along a component. */
  public double coordinate(int n, int k) {
    return coordinates[n][k];
  }

  /** Returns the share of the whole variance along a component, in [0, 1]. */
  public double share(int k) {
    return shares[k];
  }
}
