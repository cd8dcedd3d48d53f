package org.lm4j.backend.openblas;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.RnnGradients;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnState;
import org.lm4j.compute.RnnWeights;
import org.lm4j.tensor.Memory;

/** Runs a stack of layers forward and back over the buffers of one tape. */
final class CpuRnn {
  private final CpuRnnTape tape;
  private final RnnSpec spec;
  private final GateShape shape;
  private final Jobs jobs;
  private final RnnPacking packing;
  private final ForwardRecurrence forward;
  private final BackwardRecurrence backward;

  CpuRnn(WorkerTeam team, Jobs jobs, CpuRnnTape tape) {
    this.tape = tape;
    this.jobs = jobs;
    this.spec = tape.spec();
    this.shape = tape.shape;
    this.packing = new RnnPacking(team, tape);
    this.forward = new ForwardRecurrence(team, tape);
    this.backward = new BackwardRecurrence(team, tape);
  }

  void forward(RnnWeights weights, RnnInOut inOut, @Nullable RandomKey key, int site) {
    tape.x = inOut.x().address();
    tape.key = key;
    tape.site = site;
    int last = spec.layers() - 1;
    for (int layer = 0; layer <= last; layer++) {
      RnnWeights.Layer part = weights.layers().get(layer);
      if (layer > 0 && tape.dropsInputs() && key != null) {
        long below = tape.hidden(layer - 1, 1);
        long size = (long) tape.rows() * shape.units();
        jobs.dropout.run(size, below, tape.input(layer), spec.dropout(), key, site + layer - 1);
      }
      packing.forward(part);
      loadState(inOut.initial(), layer);
      for (int t = 0; t < tape.steps(); t += tape.chunk()) {
        int end = Math.min(tape.steps(), t + tape.chunk());
        if (!tape.direct()) {
          projectInput(layer, t, end);
        }
        forward.run(layer, part, t, end);
      }
      storeState(inOut.last(), layer);
    }
    long bytes = (long) tape.rows() * shape.units() * Float.BYTES;
    copy(tape.hidden(last, 1), inOut.y().address(), bytes);
    tape.ready = true;
  }

  /** {@code z (T·B, G·H) = x (T·B, D) · W_ihᵀ}. */
  private void projectInput(int layer, int from, int to) {
    int size = spec.inputSize(layer);
    int rows = (to - from) * tape.batch();
    jobs.panels
        .packed(inputAt(layer, from), size, tape.at(tape.inputPanels))
        .run(rows, tape.panelWidth(), size, 1, 0, tape.gates(layer, from), shape.zStride());
  }

  /** What enters a layer at step {@code t}. */
  private long inputAt(int layer, int t) {
    return tape.input(layer) + (long) t * tape.batch() * spec.inputSize(layer) * Float.BYTES;
  }

  void backward(RnnWeights weights, RnnGradients gradients) {
    if (!tape.ready) {
      throw new IllegalStateException(
          "rnnBackward: no forward pass has run on this tape since the last backward pass");
    }
    tape.ready = false;
    long dy = gradients.dy().address();
    for (int layer = spec.layers() - 1; layer >= 0; layer--) {
      packing.backward(weights.layers().get(layer));
      loadGradient(gradients.dLast(), layer);
      layerBackward(layer, dy, gradients);
      storeGradient(gradients.dInitial(), layer);
      if (layer > 0) {
        dy = tape.at(tape.dOutput);
        RandomKey key = tape.key;
        if (tape.dropsInputs() && key != null) {
          long size = (long) tape.rows() * shape.units();
          jobs.dropout.run(size, dy, dy, spec.dropout(), key, tape.site + layer - 1);
        }
      }
    }
  }

  /** Chunk by chunk, while the gradients of the gates are in a near cache. */
  private void layerBackward(int layer, long dy, RnnGradients gradients) {
    RnnWeights.Layer target = gradients.dWeights().layers().get(layer);
    long dx = tape.at(tape.dOutput);
    if (layer == 0) {
      dx = gradients.dx() == null ? 0 : gradients.dx().address();
    }
    Kernels.ELEMENTS.fill(tape.gateWidth(), 0, tape.at(tape.biasGradient));
    Kernels.ELEMENTS.fill(tape.gateWidth(), 0, tape.at(tape.biasHiddenGradient));
    int last = (tape.steps() - 1) / tape.chunk() * tape.chunk();
    for (int t = last; t >= 0; t -= tape.chunk()) {
      int end = Math.min(tape.steps(), t + tape.chunk());
      backward.run(layer, dy, t, end);
      weightGradients(layer, target, t, end);
      if (dx != 0) {
        inputGradient(layer, dx, t, end);
      }
    }
    packing.addBias(tape.biasGradient, target.biasIh().address());
    boolean gru = spec.cell() == Cell.GRU;
    packing.addBias(gru ? tape.biasHiddenGradient : tape.biasGradient, target.biasHh().address());
  }

  /** {@code dx (T·B, D) = dz (T·B, G·H) · W_ih}; may overwrite the {@code dy} of its steps. */
  private void inputGradient(int layer, long dx, int from, int to) {
    int size = spec.inputSize(layer);
    int rows = (to - from) * tape.batch();
    long target = dx + (long) from * tape.batch() * size * Float.BYTES;
    jobs.panels
        .packed(tape.gates(layer, from), shape.zStride(), tape.at(tape.inputPanels))
        .run(rows, size, tape.gateWidth(), 1, 0, target, size);
  }

  private void weightGradients(int layer, RnnWeights.Layer target, int from, int to) {
    boolean gru = spec.cell() == Cell.GRU;
    int rows = (to - from) * tape.batch();
    long dz = tape.gates(layer, from);
    long dzHidden = gru ? tape.recurrent(layer, from) : dz;
    int size = spec.inputSize(layer);
    weightGradient(rows, dz, inputAt(layer, from), size, target.weightIh().address());
    long h = tape.hidden(layer, from);
    weightGradient(rows, dzHidden, h, shape.units(), target.weightHh().address());
    biasGradient(rows, dz, tape.biasGradient);
    if (gru) {
      biasGradient(rows, dzHidden, tape.biasHiddenGradient);
    }
  }

  /** {@code dW (G·H, size) += dzᵀ · x}. */
  private void weightGradient(int rows, long dz, long x, int size, long target) {
    jobs.panels
        .gateRows(dz, shape.zStride(), shape.gates(), x, size)
        .run(shape.gates() * shape.units(), size, rows, 1, 1, target, size);
  }

  private void biasGradient(int rows, long dz, long sums) {
    jobs.rows.biasGradient(rows, tape.gateWidth(), dz, shape.zStride(), tape.at(sums));
  }

  private void loadState(RnnState state, int layer) {
    copy(part(state.h().address(), layer), tape.hidden(layer, 0), stateBytes());
    if (state.c() != null) {
      pad(part(state.cell().address(), layer), tape.cells(layer, 0), shape.cStride());
    }
  }

  private void storeState(RnnState state, int layer) {
    copy(tape.hidden(layer, tape.steps()), part(state.h().address(), layer), stateBytes());
    if (state.c() != null) {
      unpad(tape.cells(layer, tape.steps()), shape.cStride(), part(state.cell().address(), layer));
    }
  }

  private void loadGradient(@Nullable RnnState dLast, int layer) {
    long dh = tape.at(tape.dHidden);
    long dc = tape.at(tape.dCell);
    if (spec.cell() == Cell.GRU) {
      Kernels.ELEMENTS.fill((long) tape.batch() * shape.dhStride(), 0, tape.at(tape.dDirect));
    }
    if (dLast == null) {
      Kernels.ELEMENTS.fill((long) tape.batch() * shape.dhStride(), 0, dh);
    } else {
      pad(part(dLast.h().address(), layer), dh, shape.dhStride());
    }
    if (dLast == null || dLast.c() == null) {
      Kernels.ELEMENTS.fill((long) tape.batch() * shape.cStride(), 0, dc);
    } else {
      pad(part(dLast.cell().address(), layer), dc, shape.cStride());
    }
  }

  private void storeGradient(@Nullable RnnState dInitial, int layer) {
    if (dInitial == null) {
      return;
    }
    long dh = tape.at(tape.dHidden);
    if (spec.cell() == Cell.GRU) {
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

  /** Rows of {@code H} into rows of {@code stride}; the padding stays zero. */
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
