package org.lm4j.backend.cpu.job;

import org.lm4j.backend.cpu.kernel.Kernels;
import org.lm4j.compute.Philox;
import org.lm4j.compute.RandomKey;

/** Inverted dropout, shared among the team. */
public final class DropoutJob extends SlicedJob {
  private static final int QUAD = 4; // draws of one Philox block
  private static final int COST = 8; // of a draw against a copy

  private long x;
  private long y;
  private long threshold;
  private float scale;
  private RandomKey key = new RandomKey(0, 0);
  private int site;

  DropoutJob(WorkerTeam team) {
    super(team);
  }

  /** Computes {@code y = mask ⊙ x / (1 - p)} over {@code n} floats. */
  public void run(long n, long from, long to, double p, RandomKey by, int at) {
    x = from;
    y = to;
    threshold = Philox.dropThreshold(p);
    scale = (float) (1 / (1 - p));
    key = by;
    site = at;
    start(n, QUAD * 16, n * COST);
  }

  @Override
  protected void slice(long from, long to) {
    long at = from * Float.BYTES;
    Kernels.dropout().dropout(to - from, from / QUAD, x + at, y + at, threshold, scale, key, site);
  }
}
