package org.lm4j.backend.cpu.rnn;

import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.job.BlasGemm;
import org.lm4j.backend.cpu.job.SlicedJob;
import org.lm4j.backend.cpu.job.WorkerTeam;
import org.lm4j.backend.cpu.kernel.GateShape;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.tensor.HostStorage;

/**
 * The gradients of a layer's weights, computed by a library that ignores the order of the gates:
 * summed up by places, {@code (G · H padded, K)}, over the chunks of a window, then added to where
 * they belong, {@code (G · H, K)}.
 */
final class GateGradients extends SlicedJob implements AutoCloseable {
  private final CpuRnnTape tape;
  private final int mostColumns;
  private @Nullable HostStorage sums; // taken when first needed
  private boolean empty = true;
  private int columns;
  private long target;

  /** Allocates sums for weights of at most {@code mostColumns} columns. */
  GateGradients(WorkerTeam team, CpuRnnTape tape, int mostColumns) {
    super(team);
    this.tape = tape;
    this.mostColumns = mostColumns;
  }

  /** Discards the sums of a failed pass. */
  void clear() {
    empty = true;
  }

  /**
   * Adds {@code dzᵀ · x} of some rows.
   *
   * @param dz gradients of gates, {@code (rows, zStride)}
   * @param x what the weights were multiplied by, {@code (rows, size)}
   */
  void add(BlasGemm gemm, int rows, long dz, long x, int size) {
    HostStorage storage = sums;
    if (storage == null) {
      storage = new HostStorage((long) tape.shape.gateWidth() * mostColumns * Float.BYTES);
      sums = storage;
    }
    columns = size;
    gemm.operands(true, dz, tape.shape.zStride(), false, x, size)
        .run(tape.shape.gateWidth(), size, rows, 1, empty ? 0 : 1, storage.address(), size);
    empty = false;
  }

  /** Adds what has been summed up to {@code weights (G·H, size)}, and forgets it. */
  void addTo(long weights) {
    if (!empty) {
      target = weights;
      start(tape.shape.vectors(), 1, (long) tape.shape.gateWidth() * columns / 4);
      empty = true;
    }
  }

  @Override
  protected void slice(long from, long to) {
    HostStorage storage = sums;
    if (storage == null) {
      return;
    }
    GateShape shape = tape.shape;
    for (int vector = (int) from; vector < to; vector++) {
      int unit = vector * shape.lanes();
      int count = Math.min(shape.lanes(), shape.units() - unit);
      for (int gate = 0; gate < shape.gates(); gate++) {
        long source = (long) shape.place(gate, unit) * columns;
        long row = (long) gate * shape.units() + unit;
        Kernels.ELEMENTS.axpy(
            (long) count * columns,
            1,
            storage.address() + source * Float.BYTES,
            target + row * columns * Float.BYTES);
      }
    }
  }

  @Override
  public void close() {
    if (sums != null) {
      sums.close();
    }
  }
}
