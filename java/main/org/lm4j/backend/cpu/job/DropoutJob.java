package org.lm4j.backend.cpu.job;

import org.lm4j.backend.cpu.kernel.PlainMemory;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
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
  private int width;

  DropoutJob(WorkerTeam team) {
    super(team);
  }

  /**
   * Computes {@code y = mask ⊙ x / (1 - p)} over {@code n} floats.
   *
   * @param row floats of a row, which matters where the key is that of some rows
   */
  public void run(long n, int row, long from, long to, double p, RandomKey by, int at) {
    width = row;
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
    RandomKey.Rows rows = key.rows();
    if (rows == null) {
      drop(from, to, from);
      return;
    }
    long step = (long) rows.count() * width; // neighbours in the whole batch too
    long end;
    for (long i = from; i < to; i = end) {
      end = Math.min(to, (i / step + 1) * step);
      drop(i, end, key.index(i, width));
    }
  }

  /** Decides about neighbouring elements, of which the first draws by {@code index}. */
  private void drop(long from, long to, long index) {
    long first = from;
    long draw = index;
    for (; draw % QUAD != 0 && first < to; first++, draw++) { // up to the next block
      boolean keep = Integer.toUnsignedLong(Philox.bits(key, site, draw)) >= threshold;
      PlainMemory.set(y, first, keep ? PlainMemory.get(x, first) * scale : 0);
    }
    if (first < to) {
      long at = first * Float.BYTES;
      Kernels.dropout()
          .dropout(to - first, draw / QUAD, x + at, y + at, threshold, scale, key, site);
    }
  }
}
