package org.lm4j.backend.cpu.job;

import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.compute.update.SparseGradient;

/**
 * Sums over a whole buffer: of chunks of a fixed size first, then of the chunks in order, so that
 * the result does not depend on the number of threads.
 */
public final class ReductionJob extends SlicedJob {
  private static final int CHUNK = 8192;

  private double[] partials = new double[64];
  private boolean squares;
  private long n;
  private long x;

  private SparseGradient.@Nullable Table table; // null for all of a buffer

  ReductionJob(WorkerTeam team) {
    super(team);
  }

  /** Returns the sum of {@code n} floats, or of their squares, accumulated in double precision. */
  public double run(boolean squared, long count, long address) {
    squares = squared;
    n = count;
    x = address;
    table = null;
    return sum(Math.toIntExact((count + CHUNK - 1) / CHUNK), count);
  }

  /**
   * Returns the sum of squares of the touched rows of a table, row by row.
   *
   * @param flat address of the flat buffer that the table is in
   */
  public double squares(SparseGradient.Table rows, long flat) {
    x = flat;
    table = rows;
    int count = rows.touched().count();
    return sum(count, (long) count * rows.width());
  }

  private double sum(int chunks, long work) {
    if (partials.length < chunks) {
      partials = new double[chunks];
    }
    start(chunks, 1, work);
    double sum = 0;
    for (int i = 0; i < chunks; i++) {
      sum += partials[i];
    }
    return sum;
  }

  @Override
  protected void slice(long from, long to) {
    SparseGradient.Table rows = table;
    if (rows != null) {
      for (int i = (int) from; i < to; i++) {
        long first = rows.from() + (long) rows.touched().row(i) * rows.width();
        partials[i] = Kernels.ELEMENTS.sumOfSquares(rows.width(), x + first * Float.BYTES);
      }
      return;
    }
    for (long i = from; i < to; i++) {
      long begin = i * CHUNK;
      long count = Math.min(CHUNK, n - begin);
      long at = x + begin * Float.BYTES;
      partials[(int) i] =
          squares ? Kernels.ELEMENTS.sumOfSquares(count, at) : Kernels.ELEMENTS.sum(count, at);
    }
  }
}
