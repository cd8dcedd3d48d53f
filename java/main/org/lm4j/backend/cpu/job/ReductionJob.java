package org.lm4j.backend.cpu.job;

import org.lm4j.backend.cpu.kernel.Kernels;

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

  ReductionJob(WorkerTeam team) {
    super(team);
  }

  /** Returns the sum of {@code n} floats, or of their squares, accumulated in double precision. */
  public double run(boolean squared, long count, long address) {
    squares = squared;
    n = count;
    x = address;
    int chunks = Math.toIntExact((count + CHUNK - 1) / CHUNK);
    if (partials.length < chunks) {
      partials = new double[chunks];
    }
    start(chunks, 1, count);
    double sum = 0;
    for (int i = 0; i < chunks; i++) {
      sum += partials[i];
    }
    return sum;
  }

  @Override
  protected void slice(long from, long to) {
    for (long i = from; i < to; i++) {
      long begin = i * CHUNK;
      long count = Math.min(CHUNK, n - begin);
      long at = x + begin * Float.BYTES;
      partials[(int) i] =
          squares ? Kernels.ELEMENTS.sumOfSquares(count, at) : Kernels.ELEMENTS.sum(count, at);
    }
  }
}
