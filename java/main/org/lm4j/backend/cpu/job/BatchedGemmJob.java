package org.lm4j.backend.cpu.job;

import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.blas.Cblas;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.compute.GemmOp;
import org.lm4j.tensor.Tensor;

/**
 * Many products of small matrices of which one extent is 1: matrix by vector, vector by matrix, and
 * outer products. Packing panels would cost more than they do; they are shared among the team by
 * products, so that each is computed by one thread, in an order that does not depend on how many
 * there are.
 */
public final class BatchedGemmJob extends SlicedJob {
  private enum Kind {
    MATRIX_VECTOR,
    VECTOR_MATRIX,
    OUTER
  }

  private final @Nullable Cblas blas; // what computes them; null for Java kernels
  private Kind kind = Kind.OUTER;
  private int rows;
  private int depth;
  private int columns;
  private float alpha;
  private long a;
  private long b;
  private long c;

  BatchedGemmJob(WorkerTeam team, @Nullable Cblas blas) {
    super(team);
    this.blas = blas;
  }

  /**
   * Computes {@code c = alpha · op(a) · op(b)} for each of several pairs, checked before, if they
   * are of a kind known here.
   *
   * @return whether they were
   */
  public boolean run(GemmOp op, double factor, Tensor as, Tensor bs, Tensor cs) {
    rows = cs.shape().dim(1);
    columns = cs.shape().dim(2);
    depth = as.shape().dim(op.transposeA() ? 1 : 2);
    if (depth == 1) {
      kind = Kind.OUTER; // a vector is its own transpose
    } else if (columns == 1 && !op.transposeA()) {
      kind = Kind.MATRIX_VECTOR;
    } else if (rows == 1 && !op.transposeB()) {
      kind = Kind.VECTOR_MATRIX;
    } else {
      return false;
    }
    if (cs.size() == 0 || depth == 0) {
      return false;
    }
    alpha = (float) factor;
    a = as.address();
    b = bs.address();
    c = cs.address();
    long products = cs.shape().dim(0);
    start(products, 1, products * rows * depth * columns);
    return true;
  }

  @Override
  protected void slice(long from, long to) {
    long aBytes = (long) rows * depth * Float.BYTES;
    long bBytes = (long) depth * columns * Float.BYTES;
    long cBytes = (long) rows * columns * Float.BYTES;
    for (long i = from; i < to; i++) {
      product(a + i * aBytes, b + i * bBytes, c + i * cBytes);
    }
  }

  private void product(long left, long right, long result) {
    if (blas != null) {
      blas.multiply(
          false, false, rows, columns, depth, alpha, left, depth, right, columns, 0, result,
          columns);
      return;
    }
    switch (kind) {
      case MATRIX_VECTOR -> Kernels.PRODUCTS.dots(rows, depth, left, right, result);
      case VECTOR_MATRIX -> Kernels.PRODUCTS.combine(depth, columns, left, right, result);
      case OUTER -> Kernels.PRODUCTS.outer(rows, columns, alpha, left, right, result);
    }
    if (alpha != 1 && kind != Kind.OUTER) {
      Kernels.ELEMENTS.scale((long) rows * columns, alpha, result);
    }
  }
}
