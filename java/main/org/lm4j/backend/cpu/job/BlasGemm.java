package org.lm4j.backend.cpu.job;

import org.lm4j.backend.cpu.blas.Cblas;

/** Products through CBLAS. Each slice is one call on one thread. */
public final class BlasGemm extends GemmJob {
  private static final int TILE = 16; // slices begin at whole register tiles of the library

  private final Cblas blas;
  private boolean byRows;

  /** Creates the job over an open library. */
  public BlasGemm(WorkerTeam team, Cblas blas) {
    super(team);
    this.blas = blas;
  }

  @Override
  void share() {
    byRows = m >= n;
    int cut = byRows ? m : n;
    long work = (long) m * n * k / TILE;
    start(cut, blas.facts().singleThreaded() ? TILE : cut, work);
  }

  @Override
  protected void slice(long from, long to) {
    int count = (int) (to - from);
    if (byRows) {
      long atA = a + from * (transA ? 1 : lda) * Float.BYTES;
      long atC = c + from * ldc * Float.BYTES;
      blas.multiply(transA, transB, count, n, k, alpha, atA, lda, b, ldb, beta, atC, ldc);
    } else {
      long atB = b + from * (transB ? ldb : 1) * Float.BYTES;
      long atC = c + from * Float.BYTES;
      blas.multiply(transA, transB, m, count, k, alpha, a, lda, atB, ldb, beta, atC, ldc);
    }
  }
}
