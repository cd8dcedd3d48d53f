package org.lm4j.backend.openblas;

/**
 * Large products through CBLAS, shared among the team by rows or columns of the result. Each slice
 * is one call on one thread.
 */
final class GemmJob extends SlicedJob {
  private static final int TILE = 16; // slices begin at whole register tiles of the library

  private final Cblas blas;
  private boolean byRows;
  private boolean transA;
  private boolean transB;
  private int m;
  private int n;
  private int k;
  private float alpha;
  private float beta;
  private long a;
  private long b;
  private long c;
  private int lda;
  private int ldb;
  private int ldc;

  GemmJob(WorkerTeam team, Cblas blas) {
    super(team);
    this.blas = blas;
  }

  /** The operands; {@code lda} and {@code ldb} are the elements from one stored row to the next. */
  GemmJob operands(
      boolean transposeA, long atA, int strideA, boolean transposeB, long atB, int strideB) {
    transA = transposeA;
    a = atA;
    lda = strideA;
    transB = transposeB;
    b = atB;
    ldb = strideB;
    return this;
  }

  /** {@code C (rows, columns) = factor · op(A) · op(B) + keep · C}, {@code depth} products each. */
  void run(int rows, int columns, int depth, float factor, float keep, long atC, int strideC) {
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
    byRows = rows >= columns;
    int cut = byRows ? rows : columns;
    long work = (long) rows * columns * depth / TILE;
    start(cut, blas.facts().singleThreaded() ? TILE : cut, work);
  }

  @Override
  void slice(long from, long to) {
    int count = (int) (to - from);
    if (k == 0) { // nothing to add up: CBLAS libraries differ in what they do then
      scaleOnly((int) from, count);
    } else if (byRows) {
      long atA = a + from * (transA ? 1 : lda) * Float.BYTES;
      long atC = c + from * ldc * Float.BYTES;
      blas.sgemm(transA, transB, count, n, k, alpha, atA, lda, b, ldb, beta, atC, ldc);
    } else {
      long atB = b + from * (transB ? ldb : 1) * Float.BYTES;
      long atC = c + from * Float.BYTES;
      blas.sgemm(transA, transB, m, count, k, alpha, a, lda, atB, ldb, beta, atC, ldc);
    }
  }

  private void scaleOnly(int from, int count) {
    int rows = byRows ? count : m;
    int width = byRows ? n : count;
    long start = c + (long) from * (byRows ? ldc : 1) * Float.BYTES;
    for (int row = 0; row < rows; row++) {
      long at = start + (long) row * ldc * Float.BYTES;
      if (beta == 0) {
        Kernels.ELEMENTS.fill(width, 0, at);
      } else {
        Kernels.ELEMENTS.scale(width, beta, at);
      }
    }
  }
}
