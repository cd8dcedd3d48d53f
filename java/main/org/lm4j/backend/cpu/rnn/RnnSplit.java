package org.lm4j.backend.cpu.rnn;

import java.util.List;
import org.lm4j.backend.cpu.kernel.GateRange;
import org.lm4j.backend.cpu.kernel.GateShape;
import org.lm4j.backend.cpu.kernel.ProductKernels;

/**
 * The division of a recurrence among threads. By sequences each thread walks through time alone,
 * with no waiting at all: best while the recurrent weights fit its cache. By units each thread
 * reads only its share of the weights and all wait for each other at every step: best for wide
 * layers and for few sequences. The sums are the same either way.
 *
 * @param byUnits whether threads must wait for each other at every step
 * @param ranges what each computes
 */
public record RnnSplit(boolean byUnits, List<GateRange> ranges) {
  private static final long CACHE_FLOATS = (1 << 20) / Float.BYTES; // of a core's own cache
  private static final int WIDE = 256; // units from which a step is longer than a barrier

  /** Returns the division for a batch of {@code batch} and at most {@code threads} threads. */
  static RnnSplit of(GateShape shape, int batch, int threads) {
    int vectors = shape.vectors();
    int groups = shape.groups();
    boolean large = (long) shape.zStride() * shape.units() > CACHE_FLOATS;
    boolean fewRows = batch < 2 * threads && shape.units() >= WIDE;
    if ((large || fewRows) && groups > 1 && threads > 1) {
      return new RnnSplit(true, byUnits(shape, batch, Math.min(groups, threads)));
    }
    int parts = Math.max(1, Math.min(batch / 2, threads));
    GateRange[] ranges = new GateRange[parts];
    for (int i = 0; i < parts; i++) {
      int from = (int) ((long) batch * i / parts);
      int to = (int) ((long) batch * (i + 1) / parts);
      ranges[i] = new GateRange(from, to, 0, vectors);
    }
    return new RnnSplit(false, List.of(ranges));
  }

  /**
   * Divides groups of units into {@code parts} parts, as evenly as possible; some are empty if
   * there are too few groups.
   */
  public static List<GateRange> byUnits(GateShape shape, int batch, int parts) {
    GateRange[] ranges = new GateRange[parts];
    int groups = shape.groups();
    for (int i = 0; i < parts; i++) {
      int from = groups * i / parts * ProductKernels.PANEL_VECTORS;
      int to = groups * (i + 1) / parts * ProductKernels.PANEL_VECTORS;
      ranges[i] = new GateRange(0, batch, from, Math.min(to, shape.vectors()));
    }
    return List.of(ranges);
  }

  /** Returns the most sequences of a thread. */
  int mostRows() {
    return ranges.stream().mapToInt(GateRange::rows).max().orElse(0);
  }
}
