package org.lm4j.backend.cpu.rnn;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.kernel.GateShape;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnState;
import org.lm4j.tensor.Memory;

/**
 * Copies states and their gradients, {@code (L, B, H)}, between tensors and a tape, whose rows are
 * padded to whole vectors.
 */
final class StateCopies {
  private final CpuRnnTape tape;
  private final GateShape shape;

  StateCopies(CpuRnnTape tape) {
    this.tape = tape;
    this.shape = tape.shape;
  }

  /** Copies the initial state of a layer into the tape. */
  void loadState(RnnState state, int layer) {
    copy(part(state.h().address(), layer), tape.hidden(layer, 0), stateBytes());
    if (state.c() != null) {
      pad(part(state.cell().address(), layer), tape.cells(layer, 0), shape.cStride());
    }
  }

  /** Copies the final state of a layer out of the tape. */
  void storeState(RnnState state, int layer) {
    copy(tape.hidden(layer, tape.steps()), part(state.h().address(), layer), stateBytes());
    if (state.c() != null) {
      unpad(tape.cells(layer, tape.steps()), shape.cStride(), part(state.cell().address(), layer));
    }
  }

  /** Copies the gradient of a layer's final state into the tape, or zeros if there is none. */
  void loadGradient(@Nullable RnnState dLast, int layer) {
    long dh = tape.at(tape.dHidden);
    long dc = tape.at(tape.dCell);
    if (tape.spec().cell() == Cell.GRU) {
      Kernels.ELEMENTS.fill((long) tape.batch() * shape.dhStride(), 0, tape.at(tape.dDirect));
    }
    // Padding too: products of a pass that met a NaN have left NaN there.
    Kernels.ELEMENTS.fill((long) tape.batch() * shape.dhStride(), 0, dh);
    Kernels.ELEMENTS.fill((long) tape.batch() * shape.cStride(), 0, dc);
    if (dLast != null) {
      pad(part(dLast.h().address(), layer), dh, shape.dhStride());
    }
    if (dLast != null && dLast.c() != null) {
      pad(part(dLast.cell().address(), layer), dc, shape.cStride());
    }
  }

  /** Copies the gradient of a layer's initial state out of the tape, if it is wanted. */
  void storeGradient(@Nullable RnnState dInitial, int layer) {
    if (dInitial == null) {
      return;
    }
    long dh = tape.at(tape.dHidden);
    if (tape.spec().cell() == Cell.GRU) {
      long size = (long) tape.batch() * shape.dhStride();
      Kernels.ELEMENTS.axpy(size, 1, tape.at(tape.dDirect), dh);
    }
    unpad(dh, shape.dhStride(), part(dInitial.h().address(), layer));
    if (dInitial.c() != null) {
      unpad(tape.at(tape.dCell), shape.cStride(), part(dInitial.cell().address(), layer));
    }
  }

  private long stateBytes() {
    return (long) tape.batch() * shape.units() * Float.BYTES;
  }

  private long part(long state, int layer) {
    return state + layer * stateBytes();
  }

  /** Copies rows of {@code H} into rows of {@code stride}; the padding is unchanged. */
  private void pad(long source, long target, int stride) {
    long bytes = (long) shape.units() * Float.BYTES;
    for (int row = 0; row < tape.batch(); row++) {
      copy(source + row * bytes, target + (long) row * stride * Float.BYTES, bytes);
    }
  }

  private void unpad(long source, int stride, long target) {
    long bytes = (long) shape.units() * Float.BYTES;
    for (int row = 0; row < tape.batch(); row++) {
      copy(source + (long) row * stride * Float.BYTES, target + row * bytes, bytes);
    }
  }

  private static void copy(long source, long target, long bytes) {
    MemorySegment.copy(Memory.ALL, source, Memory.ALL, target, bytes);
  }
}
