package org.lm4j.backend.cpu.job;

import org.lm4j.backend.cpu.kernel.choice.Kernels;

/**
 * A matrix product shared among the team by rows or columns of the result. Set up by {@link
 * #operands}, run by {@link #run}; distances are in elements.
 */
public abstract class GemmJob extends SlicedJob {
  boolean transA;
  boolean transB;
  long a;
  long b;
  int lda;
  int ldb;
  int m;
  int n;
  int k;
  float alpha;
  float beta;
  long c;
  int ldc;

  GemmJob(WorkerTeam team) {
    super(team);
  }

  /**
   * Sets the operands; {@code lda} and {@code ldb} are the elements from one stored row to the
   * next.
   */
  public GemmJob operands(
      boolean transposeA, long atA, int strideA, boolean transposeB, long atB, int strideB) {
    transA = transposeA;
    a = atA;
    lda = strideA;
    transB = transposeB;
    b = atB;
    ldb = strideB;
    return this;
  }

  /**
   * Computes {@code C (rows, columns) = factor · op(A) · op(B) + keep · C}, {@code depth} products
   * each.
   */
  public final void run(
      int rows, int columns, int depth, float factor, float keep, long atC, int strideC) {
    m = rows;
    n = columns;
    k = depth;
    alpha = factor;
    beta = keep;
    c = atC;
    ldc = strideC;
    if (rows == 0 || columns == 0) {
      return;
    }
    if (depth == 0) { // nothing to add up: CBLAS libraries differ in what they do then
      scaleOnly();
    } else {
      share();
    }
  }

  /** Cuts the work into slices and runs them. */
  abstract void share();

  private void scaleOnly() {
    for (int row = 0; row < m; row++) {
      long at = c + (long) row * ldc * Float.BYTES;
      if (beta == 0) {
        Kernels.ELEMENTS.fill(n, 0, at);
      } else {
        Kernels.ELEMENTS.scale(n, beta, at);
      }
    }
  }
}
