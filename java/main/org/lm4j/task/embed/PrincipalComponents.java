package org.lm4j.task.embed;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.lm4j.data.VectorTable;

/**
 * The directions in which vectors vary most, and the coordinates of each vector along them
 * (principal component analysis). They are the eigenvectors of the vectors' covariance matrix,
 * found in float64 by Jacobi's rotations (Golub and Van Loan, "Matrix Computations", section 8.5).
 * The sign of a component is chosen so that its element of largest magnitude is positive.
 */
public final class PrincipalComponents {
  private static final int SWEEPS = 60; // converges in about ten
  private static final double SMALL = 1e-30; // of the squared norm of the matrix

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
    double[][] covariance = products(centred, dimension);
    double[][] basis = new double[dimension][dimension]; // columns become the eigenvectors
    for (int i = 0; i < dimension; i++) {
      basis[i][i] = 1;
    }
    diagonalize(covariance, basis);
    double all = 0;
    for (int i = 0; i < dimension; i++) {
      all += covariance[i][i];
    }
    int[] order =
        IntStream.range(0, dimension)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -covariance[i][i]))
            .limit(count)
            .mapToInt(Integer::intValue)
            .toArray();
    double[][] components = new double[count][dimension];
    double[] shares = new double[count];
    for (int k = 0; k < count; k++) {
      shares[k] = all > 0 ? Math.max(0, covariance[order[k]][order[k]]) / all : 0;
      double sign = sign(basis, order[k]);
      for (int i = 0; i < dimension; i++) {
        components[k][i] = sign * basis[i][order[k]];
      }
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

  /** Makes a symmetric matrix diagonal by rotations, which the columns of {@code basis} follow. */
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
    for (double[][] matrix : List.of(a, basis)) {
      for (double[] row : matrix) {
        double left = row[p];
        double right = row[q];
        row[p] = c * left - s * right;
        row[q] = s * left + c * right;
      }
    }
    double[] up = a[p];
    double[] down = a[q];
    for (int i = 0; i < up.length; i++) {
      double upper = up[i];
      double lower = down[i];
      up[i] = c * upper - s * lower;
      down[i] = s * upper + c * lower;
    }
    a[p][q] = 0;
    a[q][p] = 0;
  }

  private static double sign(double[][] basis, int column) {
    int largest = 0;
    for (int i = 1; i < basis.length; i++) {
      largest = Math.abs(basis[i][column]) > Math.abs(basis[largest][column]) ? i : largest;
    }
    return basis[largest][column] < 0 ? -1 : 1;
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
