package org.lm4j.backend.openblas;

import static org.lm4j.backend.openblas.PlainMemory.get;
import static org.lm4j.backend.openblas.PlainMemory.set;

import java.lang.foreign.MemorySegment;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnWeights;
import org.lm4j.tensor.Memory;

/**
 * Brings the weights of a layer into the tape's layout, once per window, and its gradients back.
 * The loop is over vectors of units, which threads share. Padding was zero from the start and is
 * never written.
 */
final class RnnPacking extends SlicedJob {
  private enum Op {
    FORWARD,
    BACKWARD,
    GRADIENT
  }

  private Op op = Op.FORWARD;
  private final CpuRnnTape tape;
  private final GateShape shape;
  private int columns;
  private long weightIh;
  private long weightHh;
  private long biasIh;
  private long biasHh;
  private long gradient;

  RnnPacking(WorkerTeam team, CpuRnnTape tape) {
    super(team);
    this.tape = tape;
    this.shape = tape.shape;
  }

  /** Input weights by rows, recurrent weights as panels, biases added up. */
  void forward(RnnWeights.Layer weights) {
    take(weights);
    run(Op.FORWARD, columns + shape.units());
  }

  /** Recurrent weights as panels of the transposed product, input weights by rows. */
  void backward(RnnWeights.Layer weights) {
    take(weights);
    run(Op.BACKWARD, columns + shape.units());
  }

  /** Adds the rows of the weight gradient in the tape to {@code target (G·H, width)}. */
  void addGradient(long target, int width) {
    gradient = target;
    columns = width;
    run(Op.GRADIENT, width);
  }

  /** Adds the bias gradient in the tape to {@code target (G·H)}. */
  void addBias(long target) {
    for (int gate = 0; gate < shape.gates(); gate++) {
      for (int unit = 0; unit < shape.units(); unit++) {
        long at = (long) gate * shape.units() + unit;
        float sum = get(target, at) + get(tape.at(tape.biasGradient), shape.place(gate, unit));
        set(target, at, sum);
      }
    }
  }

  private void take(RnnWeights.Layer weights) {
    columns = weights.weightIh().shape().dim(1);
    weightIh = weights.weightIh().address();
    weightHh = weights.weightHh().address();
    biasIh = weights.biasIh().address();
    biasHh = weights.biasHh().address();
  }

  private void run(Op what, int width) {
    op = what;
    // A thread owns whole groups of vectors, so that no two write into one panel.
    start(shape.vectors(), ProductKernels.PANEL_VECTORS, (long) tape.gateWidth() * width);
  }

  @Override
  void slice(long from, long to) {
    for (int gate = 0; gate < shape.gates(); gate++) {
      int end = (int) Math.min(to * shape.lanes(), shape.units());
      for (int unit = (int) from * shape.lanes(); unit < end; unit++) {
        row(gate, unit, shape.place(gate, unit), gate * shape.units() + unit);
      }
    }
  }

  private void row(int gate, int unit, int place, int row) {
    switch (op) {
      case FORWARD -> {
        packBias(gate, unit, place, row);
        if (!tape.direct()) {
          copyInput(place, row);
          packForward(place, row);
        }
      }
      case BACKWARD -> {
        copyInput(place, row);
        packBackward(place, row);
      }
      case GRADIENT ->
          Kernels.ELEMENTS.axpy(
              columns,
              1,
              tape.at(tape.weightGradient) + (long) place * columns * Float.BYTES,
              gradient + (long) row * columns * Float.BYTES);
    }
  }

  private void copyInput(int place, int row) {
    long bytes = (long) columns * Float.BYTES;
    long target = tape.at(tape.inputWeights) + (long) place * tape.inputStride() * Float.BYTES;
    MemorySegment.copy(Memory.ALL, weightIh + row * bytes, Memory.ALL, target, bytes);
  }

  /** GRU's n gate multiplies its second bias by the reset gate: it stays apart. */
  private void packBias(int gate, int unit, int place, int row) {
    boolean apart = tape.spec().cell() == Cell.GRU && gate == 2;
    float second = get(biasHh, row);
    set(tape.at(tape.bias), place, get(biasIh, row) + (apart ? 0 : second));
    if (apart) {
      set(tape.at(tape.biasHidden), unit, second);
    }
  }

  private void packForward(int place, int row) {
    int width = ProductKernels.PANEL_VECTORS * shape.lanes();
    int units = shape.units();
    long source = weightHh + (long) row * units * Float.BYTES;
    long panel = tape.at(tape.forwardPanels) + (long) (place / width) * width * units * Float.BYTES;
    long column = place % width;
    for (int k = 0; k < units; k++) {
      set(panel, (long) k * width + column, get(source, k));
    }
  }

  private void packBackward(int place, int row) {
    int width = ProductKernels.PANEL_VECTORS * shape.lanes();
    int units = shape.units();
    long source = weightHh + (long) row * units * Float.BYTES;
    long panelBytes = (long) width * tape.gateWidth() * Float.BYTES;
    long target = tape.at(tape.backwardPanels) + (long) place * width * Float.BYTES;
    for (int from = 0; from < units; from += width) {
      long bytes = (long) Math.min(width, units - from) * Float.BYTES;
      long at = target + from / width * panelBytes;
      MemorySegment.copy(Memory.ALL, source + (long) from * Float.BYTES, Memory.ALL, at, bytes);
    }
  }
}
