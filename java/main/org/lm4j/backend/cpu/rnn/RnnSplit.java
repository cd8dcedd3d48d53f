package org.lm4j.backend.cpu.rnn;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.kernel.GateRange;
import org.lm4j.backend.cpu.kernel.GateShape;
import org.lm4j.backend.cpu.kernel.ProductKernels;

/**
 * The division of a recurrence among threads. By sequences each thread walks through time alone,
 * with no waiting at all: best while the recurrent weights fit its cache, or many rows share them.
 * By units each thread reads only its share of the weights and all wait for each other at every
 * step: best for wide layers and for few sequences. The sums are the same either way.
 *
 * @param byUnits whether threads must wait for each other at every step
 * @param ranges what each computes
 * @param inHalves whether each computes as many units in the upper half too, half the units above
 *     its range, so that it has both units of the pairs that products take
 */
public record RnnSplit(boolean byUnits, List<GateRange> ranges, boolean inHalves) {
  private static final long CACHE_FLOATS = (1 << 20) / Float.BYTES; // of a core's own cache
  private static final long NEAR_FLOATS = 1 << 17; // of gates from one kernel to the next
  private static final long FAR_FLOATS = 1 << 20; // of the cores' common cache
  private static final long STREAMED_BYTES = 4 << 20; // of the cores' common cache, a step
  private static final int MANY_ROWS = 24; // of a thread: longer than its weights take to come
  private static final int WIDE = 256; // units from which a step is longer than a barrier

  /** Creates a division in which each thread has one range of units. */
  public RnnSplit(boolean byUnits, List<GateRange> ranges) {
    this(byUnits, ranges, false);
  }

  /**
   * Returns the division for a batch of {@code batch} and at most {@code threads} threads. Threads
   * that walk over many rows each need not wait for each other even where the weights exceed their
   * own caches: those come from the common cache in less time than they are multiplied.
   *
   * @param streamedBytes of the packed recurrent weights; {@link Long#MAX_VALUE} where other
   *     products than those of packed weights are computed
   */
  static RnnSplit of(GateShape shape, int batch, int threads, long streamedBytes) {
    if (batch / threads >= MANY_ROWS && streamedBytes <= STREAMED_BYTES) {
      return bySequences(shape, batch, threads);
    }
    int groups = shape.groups();
    boolean large = (long) shape.zStride() * shape.units() > CACHE_FLOATS;
    boolean fewRows = batch < 2 * threads && shape.units() >= WIDE;
    if ((large || fewRows) && groups > 1 && threads > 1) {
      return new RnnSplit(true, byUnits(shape, batch, Math.min(groups, threads)));
    }
    return bySequences(shape, batch, threads);
  }

  private static RnnSplit bySequences(GateShape shape, int batch, int threads) {
    int parts = Math.max(1, Math.min(batch / 2, threads));
    GateRange[] ranges = new GateRange[parts];
    for (int i = 0; i < parts; i++) {
      int from = (int) ((long) batch * i / parts);
      int to = (int) ((long) batch * (i + 1) / parts);
      ranges[i] = new GateRange(from, to, 0, shape.vectors());
    }
    return new RnnSplit(false, List.of(ranges));
  }

  /**
   * Returns this division by units with the two halves of the units divided alike; the same
   * division if the halves are not whole groups, or too few.
   */
  RnnSplit inHalves(GateShape shape, int batch) {
    int groups = shape.groups() / 2;
    if (shape.units() % (2 * shape.panelWidth()) != 0 || groups < ranges.size()) {
      return this;
    }
    return new RnnSplit(true, byUnits(groups, shape.vectors() / 2, batch, ranges.size()), true);
  }

  /** Returns whether each thread computes both units of every pair, or all units. */
  boolean hasWholePairs() {
    return !byUnits || inHalves;
  }

  /** Returns what a thread computes beside its range; null if nothing. */
  @Nullable GateRange upper(int part, GateShape shape) {
    GateRange r = ranges.get(part);
    int half = shape.vectors() / 2;
    return inHalves
        ? new GateRange(r.row(), r.rowEnd(), r.vector() + half, r.vectorEnd() + half)
        : null;
  }

  /**
   * Divides groups of units into {@code parts} parts, as evenly as possible; some are empty if
   * there are too few groups.
   */
  public static List<GateRange> byUnits(GateShape shape, int batch, int parts) {
    return byUnits(shape.groups(), shape.vectors(), batch, parts);
  }

  private static List<GateRange> byUnits(int groups, int vectors, int batch, int parts) {
    return divided(groups, ProductKernels.PANEL_VECTORS, vectors, batch, parts);
  }

  /**
   * Divides units like {@link #byUnits(GateShape, int, int)}, but into groups as small as have
   * whole panels of gates: a decoder needs no panels of the units themselves, which gradients do.
   */
  public static List<GateRange> forDecoding(GateShape shape, int batch, int parts) {
    int size = vectorsOfWholePanels(shape);
    return divided(decodingGroups(shape), size, shape.vectors(), batch, parts);
  }

  /** Returns the number of groups that {@link #forDecoding} divides. */
  public static int decodingGroups(GateShape shape) {
    int size = vectorsOfWholePanels(shape);
    return (shape.vectors() + size - 1) / size;
  }

  /** Returns the fewest vectors of units whose gates are whole panels: 1 for four gates. */
  private static int vectorsOfWholePanels(GateShape shape) {
    int vectors = 1;
    while (vectors * shape.gates() % ProductKernels.PANEL_VECTORS != 0) {
      vectors++;
    }
    return vectors;
  }

  private static List<GateRange> divided(int groups, int size, int vectors, int batch, int parts) {
    GateRange[] ranges = new GateRange[parts];
    for (int i = 0; i < parts; i++) {
      int from = groups * i / parts * size;
      int to = groups * (i + 1) / parts * size;
      ranges[i] = new GateRange(0, batch, from, Math.min(to, vectors));
    }
    return List.of(ranges);
  }

  /**
   * Returns how many steps to process together, whose gates stay in a cache from one kernel to the
   * next. Apart from each other threads need not share gates, but the wide weights of one that
   * walks by units are read from the common cache too, as rarely as can be.
   *
   * @param stepFloats gates of a step
   */
  int stepsAtOnce(int steps, long stepFloats) {
    return stepsAtOnce(steps, stepFloats, byUnits ? FAR_FLOATS : NEAR_FLOATS * ranges.size());
  }

  /** Returns the same for the backward pass, whose products gain more from many steps. */
  static int farStepsAtOnce(int steps, long stepFloats) {
    return stepsAtOnce(steps, stepFloats, FAR_FLOATS);
  }

  private static int stepsAtOnce(int steps, long stepFloats, long floats) {
    long affordable = Math.max(1, floats / stepFloats);
    long chunks = (steps + affordable - 1) / affordable;
    return (int) ((steps + chunks - 1) / chunks);
  }

  /** Returns the most sequences of a thread. */
  int mostRows() {
    return ranges.stream().mapToInt(GateRange::rows).max().orElse(0);
  }
}
