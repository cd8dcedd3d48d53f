package org.lm4j.backend.cpu.job;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static org.lm4j.tensor.Memory.ALL;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.kernel.PlainMemory;
import org.lm4j.backend.cpu.kernel.ProductKernels;
import org.lm4j.backend.cpu.kernel.ScoreKernels;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.backend.cpu.panel.Panels;
import org.lm4j.tensor.HostStorage;

/**
 * The cross-entropy of an affine layer's output, whose logits are used up tile by tile in the L1
 * cache. Each thread scores its own rows, with all panels of the weights, so that the order of
 * additions does not depend on the number of threads.
 */
final class ScoringJob extends SlicedJob implements AutoCloseable {
  /** Fewer rows do not pay for packing the weights once a thread. */
  static final int FEWEST_ROWS = 64;

  /** A panel of more is beyond a core's own cache. */
  static final int MOST_DEPTH = 2048;

  private static final int BLOCK_ROWS = 1024; // for each of which the weights are packed anew
  private static final int TILE_ROWS = 60; // as many as whole register tiles have

  private final int lanes = Kernels.GATES.lanes();
  private final long vectorBytes = (long) lanes * Float.BYTES;
  private final long tileRowBytes = ScoreKernels.TILE_VECTORS * vectorBytes;
  private final long stateBytes = 3 * vectorBytes;
  private final PanelLayout layout = new PanelLayout(lanes);
  private final Panels numbers;
  private final @Nullable Workspace[] workspaces;

  private int columns;
  private int depth;
  private long x;
  private long weight;
  private long bias;
  private long targets;
  private int ignore;
  private long loss;

  /** One thread's memory. */
  private final class Workspace {
    final int capacity;
    final HostStorage storage;
    final long panel; // (steps of capacity, wide panel)
    final long bias; // (wide panel)
    final long tile; // (TILE_ROWS, TILE_VECTORS · lanes)
    final long states; // of BLOCK_ROWS
    final long wanted; // logits of the targets, (BLOCK_ROWS)
    final long scratch; // for a panel
    final long converted; // rows of x

    Workspace(int capacity) {
      this.capacity = capacity;
      long wide = ProductKernels.PANEL_VECTORS * vectorBytes;
      long panelBytes = numbers.steps(capacity) * wide;
      long tileBytes = TILE_ROWS * tileRowBytes;
      long rowsBytes = BLOCK_ROWS * (stateBytes + Float.BYTES);
      long scratchBytes = numbers.scratchWords(capacity) * Float.BYTES;
      long convertedBytes = numbers.leftWords(BLOCK_ROWS, capacity) * Float.BYTES;
      storage =
          new HostStorage(
              panelBytes + wide + tileBytes + rowsBytes + scratchBytes + convertedBytes);
      panel = storage.address();
      bias = panel + panelBytes;
      tile = bias + wide;
      states = tile + tileBytes;
      wanted = states + BLOCK_ROWS * stateBytes;
      scratch = states + rowsBytes;
      converted = scratch + scratchBytes;
    }
  }

  ScoringJob(WorkerTeam team, Panels numbers) {
    super(team);
    this.numbers = numbers;
    workspaces = new Workspace[team.size()];
  }

  /** Returns the layer: {@code weight (n, k)} and {@code bias (n)}, or 0 for none. */
  ScoringJob layer(int n, int k, long atWeight, long atBias) {
    columns = n;
    depth = k;
    weight = atWeight;
    bias = atBias;
    layout.cut(n, false);
    return this;
  }

  /** Sets the target of each row, and where its loss is written. */
  ScoringJob targets(long atTargets, int ignored, long atLoss) {
    targets = atTargets;
    ignore = ignored;
    loss = atLoss;
    return this;
  }

  /** Scores {@code x (rows, k)}. */
  void run(int rows, long atX) {
    x = atX;
    start(rows, 1, (long) rows * columns * depth / lanes);
  }

  @Override
  protected void slice(long from, long to) {
    throw new IllegalStateException("needs the memory of a thread");
  }

  @Override
  protected void slice(int part, long from, long to) {
    Workspace w = workspaces[part];
    if (w == null || w.capacity < depth) {
      close(w);
      w = new Workspace(depth);
      workspaces[part] = w;
    }
    int blocks = (int) ((to - from + BLOCK_ROWS - 1) / BLOCK_ROWS);
    for (int i = 0; i < blocks; i++) {
      int first = (int) (from + (to - from) * i / blocks);
      score(w, first, (int) (from + (to - from) * (i + 1) / blocks) - first);
    }
  }

  // Short methods with one loop each: the JIT compiles them in a fraction of the time.

  private void score(Workspace w, int first, int rows) {
    clear(w, rows);
    long strideBytes = (long) depth * Float.BYTES;
    long left = numbers.left(rows, depth, x + first * strideBytes, strideBytes, w.converted);
    for (int p = 0; p < layout.count(); p++) {
      layout.packTransposed(numbers, p, depth, weight, strideBytes, w.panel, w.scratch);
      packBias(w, p);
      for (int row = 0; row < rows; row += TILE_ROWS) {
        int count = Math.min(TILE_ROWS, rows - row);
        multiply(w, p, left, row, count);
        keepWanted(w, p, first, row, count);
        Kernels.scores().add(count, layout.vectors(p), w.tile, w.states + row * stateBytes);
      }
    }
    Kernels.scores().finish(rows, w.states);
    losses(w, first, rows);
  }

  /** Sets the states of rows to what they are before any logit. */
  private void clear(Workspace w, int rows) {
    Kernels.ELEMENTS.fill(lanes, ScoreKernels.LEAST, w.states);
    Kernels.ELEMENTS.fill(2L * lanes, 0, w.states + vectorBytes);
    for (int done = 1; done < rows; done *= 2) {
      long bytes = Math.min(done, rows - done) * stateBytes;
      MemorySegment.copy(ALL, w.states, ALL, w.states + done * stateBytes, bytes);
    }
  }

  private void multiply(Workspace w, int p, long left, int row, int count) {
    long rowBytes = numbers.rowBytes(depth, (long) depth * Float.BYTES);
    numbers.multiply(
        layout.vectors(p),
        count,
        numbers.steps(depth),
        left + row * rowBytes,
        rowBytes,
        Float.BYTES,
        w.panel,
        w.bias,
        false,
        w.tile,
        tileRowBytes);
  }

  /** Packs the bias of a panel; it is -∞ beyond the last column, where exponentials become zero. */
  private void packBias(Workspace w, int p) {
    int width = layout.vectors(p) * lanes;
    int valid = layout.valid(p);
    Kernels.ELEMENTS.fill(width, Float.NEGATIVE_INFINITY, w.bias);
    if (bias == 0) {
      Kernels.ELEMENTS.fill(valid, 0, w.bias);
      return;
    }
    long bytes = (long) valid * Float.BYTES;
    MemorySegment.copy(ALL, bias + (long) layout.first(p) * Float.BYTES, ALL, w.bias, bytes);
  }

  private void keepWanted(Workspace w, int p, int first, int row, int count) {
    int column = layout.first(p);
    int valid = layout.valid(p);
    for (int i = 0; i < count; i++) {
      int place = PlainMemory.getInt(targets, (long) first + row + i) - column;
      if (place >= 0 && place < valid) {
        PlainMemory.set(w.wanted, row + i, PlainMemory.get(w.tile + i * tileRowBytes, place));
      }
    }
  }

  private void losses(Workspace w, int first, int rows) {
    for (int row = 0; row < rows; row++) {
      PlainMemory.set(loss, first + row, lossOf(w, first, row));
    }
  }

  private double lossOf(Workspace w, int first, int row) {
    if (PlainMemory.getInt(targets, (long) first + row) == ignore) {
      return 0;
    }
    long state = w.states + row * stateBytes;
    double sum = 0;
    for (int lane = 0; lane < lanes; lane++) {
      sum += ALL.get(JAVA_DOUBLE_UNALIGNED, state + vectorBytes + (long) lane * Double.BYTES);
    }
    double below = (double) PlainMemory.get(w.wanted, row) - PlainMemory.get(state, 0);
    return Math.log(sum) - below;
  }

  private static void close(@Nullable Workspace w) {
    if (w != null) {
      w.storage.close();
    }
  }

  @Override
  public void close() {
    for (Workspace w : workspaces) {
      close(w);
    }
  }
}
