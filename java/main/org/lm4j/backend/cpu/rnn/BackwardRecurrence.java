package org.lm4j.backend.cpu.rnn;

import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.blas.Cblas;
import org.lm4j.backend.cpu.job.WorkerTeam;
import org.lm4j.backend.cpu.kernel.GateKernels;
import org.lm4j.backend.cpu.kernel.GateRange;
import org.lm4j.backend.cpu.kernel.GateShape;
import org.lm4j.backend.cpu.kernel.ProductKernels;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.backend.cpu.panel.Panels;
import org.lm4j.compute.Cell;

/** Computes a layer's backward recurrence: gates become the gradients of their pre-activations. */
final class BackwardRecurrence implements WorkerTeam.Task {
  private final WorkerTeam team;
  private final CpuRnnTape tape;
  private final GateShape shape;
  private final Cell cell;
  private final RnnStep[] steps;
  private final @Nullable Cblas blas; // what computes the recurrent products; null for kernels
  private int layer;
  private int first;
  private int end;
  private long dy;

  BackwardRecurrence(WorkerTeam team, @Nullable Cblas blas, CpuRnnTape tape) {
    this.team = team;
    this.blas = blas;
    this.tape = tape;
    this.shape = tape.shape;
    this.cell = tape.spec().cell();
    this.steps = RnnStep.of(tape.split);
  }

  /**
   * Runs steps of one layer; its recurrent weights are packed, and the tape holds the gradients of
   * the state after them, which become those of the state before them.
   *
   * @param dOutput address of the gradient of its output, {@code (T, B, H)}
   */
  void run(int which, long dOutput, int from, int to) {
    layer = which;
    first = from;
    end = to;
    dy = dOutput;
    if (tape.split.byUnits()) {
      team.run(steps.length, this);
    } else {
      team.runApart(steps.length, this);
    }
  }

  @Override
  public void run(int part, int parts) {
    RnnStep step = steps[part];
    for (int t = end - 1; t >= first; t--) {
      gates(step, t);
      if (tape.split.byUnits()) {
        team.barrier(parts); // the product needs the gradients of all gates
      }
      product(step.range, t, part); // writes own units, which are all that the next step reads
    }
  }

  private void gates(RnnStep step, int t) {
    GateKernels kernels = Kernels.GATES;
    long dh = tape.at(tape.dHidden);
    long above = dy + (long) t * tape.batch() * shape.units() * Float.BYTES;
    long z = tape.gates(layer, t);
    switch (cell) {
      case RNN_TANH, RNN_RELU ->
          kernels.rnnBackward(shape, step.range, cell == Cell.RNN_RELU, z, dh, above);
      case LSTM -> {
        step.lstm.z = z;
        step.lstm.cPrev = tape.cells(layer, t);
        step.lstm.tanhC = tape.tanhCells(layer, t);
        kernels.lstmBackward(shape, step.range, step.lstm, dh, tape.at(tape.dCell), above);
      }
      case GRU -> {
        step.gru.zx = z;
        step.gru.zh = tape.recurrent(layer, t);
        step.gru.hPrev = tape.hidden(layer, t);
        step.gru.direct = tape.at(tape.dDirect);
        kernels.gruBackward(shape, step.range, step.gru, dh, above);
      }
      default -> throw RnnStep.unsupported(cell);
    }
  }

  /** Computes {@code dh = dz · W_hh}. */
  private void product(GateRange r, int t, int part) {
    long z = cell == Cell.GRU ? tape.recurrent(layer, t) : tape.gates(layer, t);
    long a = z + (long) r.row() * shape.zStride() * Float.BYTES;
    long c = tape.at(tape.dHidden) + (long) r.row() * shape.dhStride() * Float.BYTES;
    if (blas != null) {
      libraryProduct(blas, r, a, c);
      return;
    }
    Panels numbers = tape.numbers;
    int width = shape.panelWidth();
    int depth = tape.shape.gateWidth();
    int steps = numbers.steps(depth);
    int from = r.vector() / ProductKernels.PANEL_VECTORS;
    int to = GateShape.roundUp(r.vectorEnd(), ProductKernels.PANEL_VECTORS);
    long strideBytes = (long) shape.zStride() * Float.BYTES;
    long left = numbers.left(r.rows(), depth, a, strideBytes, tape.converted(part));
    long rowBytes = numbers.rowBytes(depth, strideBytes);
    long panelBytes = (long) width * steps * Float.BYTES;
    for (int p = from; p < to / ProductKernels.PANEL_VECTORS; p++) {
      numbers.multiply(
          r.rows(),
          steps,
          left,
          rowBytes,
          tape.at(tape.backwardPanels) + p * panelBytes,
          c + (long) p * width * Float.BYTES,
          (long) shape.dhStride() * Float.BYTES);
    }
  }

  /** Computes the product in one library call; the padding of {@code dh} stays zero. */
  private void libraryProduct(Cblas library, GateRange r, long a, long c) {
    int units = shape.units();
    int from = r.vector() * shape.lanes();
    int count = Math.min(units, r.vectorEnd() * shape.lanes()) - from;
    if (count > 0 && r.rows() > 0) {
      long w = tape.at(tape.backwardPanels + from);
      long out = c + (long) from * Float.BYTES;
      library.multiply(
          false,
          false,
          r.rows(),
          count,
          tape.shape.gateWidth(),
          1,
          a,
          shape.zStride(),
          w,
          units,
          0,
          out,
          shape.dhStride());
    }
  }
}
