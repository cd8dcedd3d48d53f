package org.lm4j.backend.cpu.rnn;

import static org.lm4j.backend.cpu.kernel.PlainMemory.get;
import static org.lm4j.backend.cpu.kernel.PlainMemory.set;
import static org.lm4j.tensor.Memory.ALL;

import java.lang.foreign.MemorySegment;
import org.lm4j.backend.cpu.job.SlicedJob;
import org.lm4j.backend.cpu.job.WorkerTeam;
import org.lm4j.backend.cpu.kernel.GateShape;
import org.lm4j.backend.cpu.kernel.ProductKernels;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnWeights;

/**
 * Rearranges the weights of a layer into the order of {@link GateShape}, once per window: into
 * panels for Java kernels, or row by row, {@code (G·H padded, K)}, for a library. The loop is over
 * vectors of units, which threads share. Whole vectors are written, so padding is zero.
 */
public final class RnnPacking extends SlicedJob {
  private final CpuRnnTape tape;
  private final GateShape shape;
  private boolean backward;
  private boolean inputByLibrary;
  private boolean recurrentByLibrary;
  private int columns;
  private long weightIh;
  private long weightHh;
  private long biasIh;
  private long biasHh;

  RnnPacking(WorkerTeam team, CpuRnnTape tape) {
    super(team);
    this.tape = tape;
    this.shape = tape.shape;
  }

  /** Sets whether a library multiplies the input weights and the recurrent ones. */
  RnnPacking byLibrary(boolean input, boolean recurrent) {
    inputByLibrary = input;
    recurrentByLibrary = recurrent;
    return this;
  }

  /**
   * Packs the weights of both products of the forward pass, unless it is direct, and adds the
   * biases.
   */
  void forward(RnnWeights.Layer weights) {
    run(weights, false);
  }

  /** Packs the weights of both products of the backward pass. */
  void backward(RnnWeights.Layer weights) {
    run(weights, true);
  }

  /** Adds the bias gradient {@code sums} of the tape to {@code target (G·H)}. */
  void addBias(long sums, long target) {
    for (int gate = 0; gate < shape.gates(); gate++) {
      for (int unit = 0; unit < shape.units(); unit++) {
        long at = (long) gate * shape.units() + unit;
        float sum = get(target, at) + get(tape.at(sums), shape.place(gate, unit));
        set(target, at, sum);
      }
    }
  }

  private void run(RnnWeights.Layer weights, boolean back) {
    backward = back;
    columns = weights.weightIh().shape().dim(1);
    weightIh = weights.weightIh().address();
    weightHh = weights.weightHh().address();
    biasIh = weights.biasIh().address();
    biasHh = weights.biasHh().address();
    int width = tape.direct() ? 1 : columns + shape.units();
    if (backward && tape.numbers.converts()) {
      start(
          tape.numbers.steps(tape.shape.gateWidth()), 1, (long) tape.shape.gateWidth() * width / 4);
      return;
    }
    // A thread owns whole groups of vectors, so that no two write into one panel.
    start(shape.vectors(), ProductKernels.PANEL_VECTORS, (long) tape.shape.gateWidth() * width / 4);
  }

  @Override
  protected void slice(long from, long to) {
    throw new IllegalStateException("needs the memory of a thread");
  }

  @Override
  protected void slice(int part, long from, long to) {
    if (backward && tape.numbers.converts()) {
      for (int step = (int) from; step < to; step++) {
        step(step, weightIh, columns, tape.inputPanels);
        step(step, weightHh, shape.units(), tape.backwardPanels);
      }
      return;
    }
    for (int vector = (int) from; vector < to; vector++) {
      int unit = vector * shape.lanes();
      int count = Math.min(shape.lanes(), shape.units() - unit);
      for (int gate = 0; gate < shape.gates(); gate++) {
        int row = gate * shape.units() + unit;
        int place = shape.place(gate, unit);
        if (!backward) {
          bias(count, gate, unit, row, place);
        }
        if (!tape.direct()) {
          long recurrent = backward ? tape.backwardPanels : tape.forwardPanels;
          weights(inputByLibrary, count, weightIh, columns, place, tape.inputPanels, part);
          weights(recurrentByLibrary, count, weightHh, shape.units(), place, recurrent, part);
        }
      }
    }
  }

  private void weights(
      boolean library, int count, long weight, int k, int place, long target, int part) {
    int row = shape.row(place);
    if (library) {
      inPlaces(count, weight, k, row, tape.packed(target + (long) place * k));
    } else if (backward) {
      rows(count, weight, k, row, place, target);
    } else {
      column(count, weight + (long) row * k * Float.BYTES, k, place, target, part);
    }
  }

  /** Copies rows of {@code weight (G·H, k)}, followed by zeros to a whole vector of rows. */
  private void inPlaces(int count, long weight, int k, int row, long target) {
    long rowBytes = (long) k * Float.BYTES;
    MemorySegment.copy(ALL, weight + row * rowBytes, ALL, target, count * rowBytes);
    long missing = (long) (shape.lanes() - count) * k;
    Kernels.ELEMENTS.fill(missing, 0, target + count * rowBytes);
  }

  /**
   * Adds the biases, except the second bias of the GRU's n gate, which the reset gate multiplies.
   */
  private void bias(int count, int gate, int unit, int row, int place) {
    boolean apart = tape.spec().cell() == Cell.GRU && gate == 2;
    for (int i = 0; i < count; i++) {
      float second = get(biasHh, row + i);
      set(tape.packed(tape.bias), place + i, get(biasIh, row + i) + (apart ? 0 : second));
      if (apart) {
        set(tape.packed(tape.biasHidden), unit + i, second);
      }
    }
  }

  /** Packs rows of weights of {@code k} columns as a vector of columns of the panels. */
  private void column(int count, long source, int k, int place, long panels, int part) {
    int width = shape.panelWidth();
    long target = (long) (place / width) * width * tape.numbers.steps(k) + place % width;
    tape.numbers.transposed(
        count,
        k,
        source,
        (long) k * Float.BYTES,
        tape.packed(panels + target),
        (long) width * Float.BYTES,
        tape.scratch(part));
  }

  /**
   * Packs one step of the panels of {@code weight (G·H, k)}, whose depth is the places of the
   * gates: two rows of the weights, or zeros.
   */
  private void step(int step, long weight, int k, long panels) {
    int steps = tape.numbers.steps(tape.shape.gateWidth());
    int width = shape.panelWidth();
    int low = shape.row(step);
    int high = step + steps < tape.shape.gateWidth() ? shape.row(step + steps) : -1;
    for (int from = 0; from < k; from += width) {
      int valid = Math.min(width, k - from);
      long at = weight + (long) from * Float.BYTES;
      long first = low < 0 ? 0 : at + (long) low * k * Float.BYTES;
      long second = high < 0 ? 0 : at + (long) high * k * Float.BYTES;
      long target = tape.packed(panels + ((long) from * steps + (long) step * width));
      Kernels.bf16().pairs(1, valid, width, first, second, 0, target, 0);
    }
  }

  /**
   * Packs rows of {@code weight (G·H, k)} as rows of the panels, followed by zeros to a whole
   * vector of rows.
   */
  private void rows(int count, long weight, int k, int row, int place, long panels) {
    int width = shape.panelWidth();
    long bytes = (long) width * Float.BYTES;
    for (int from = 0; from < k; from += width) {
      int valid = Math.min(width, k - from);
      long source = weight + ((long) row * k + from) * Float.BYTES;
      long target =
          tape.packed(panels + (long) from * tape.shape.gateWidth() + (long) place * width);
      Kernels.PACKING.copy(count, valid, width, source, (long) k * Float.BYTES, target, bytes);
      int missing = shape.lanes() - count;
      Kernels.PACKING.copy(missing, 0, width, source, 0, target + count * bytes, bytes);
    }
  }
}
