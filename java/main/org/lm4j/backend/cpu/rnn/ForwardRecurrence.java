package org.lm4j.backend.cpu.rnn;

import static org.lm4j.tensor.Memory.ALL;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.blas.Cblas;
import org.lm4j.backend.cpu.job.WorkerTeam;
import org.lm4j.backend.cpu.kernel.GateRange;
import org.lm4j.backend.cpu.kernel.GateShape;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.backend.cpu.panel.Panels;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnWeights;

/**
 * Computes some steps of a layer: projects its input, then runs the recurrence. Each thread
 * projects what it will walk over itself, so that this lies in its own cache.
 */
final class ForwardRecurrence implements WorkerTeam.Task {
  private final WorkerTeam team;
  private final CpuRnnTape tape;
  private final GateShape shape;
  private final Cell cell;
  private final RnnStep[][] steps; // of each thread: that of its range, and of its upper one
  private final boolean busy; // whether all threads walk
  private final @Nullable Cblas blas; // what computes the recurrent products; null for kernels
  private int layer;
  private int first;
  private int end;
  private long weightIh;
  private long weightHh;
  private int inputSize;
  private long input;
  private boolean projected; // by the whole team, before
  private long table; // of projected rows, which are read where they lie; or 0
  private long ids;

  ForwardRecurrence(WorkerTeam team, @Nullable Cblas blas, CpuRnnTape tape) {
    this.team = team;
    this.blas = blas;
    this.tape = tape;
    this.shape = tape.shape;
    this.cell = tape.spec().cell();
    RnnStep[] lower = RnnStep.of(tape.split);
    this.steps = new RnnStep[lower.length][];
    for (int part = 0; part < lower.length; part++) {
      GateRange upper = tape.split.upper(part, shape);
      steps[part] =
          upper == null
              ? new RnnStep[] {lower[part]}
              : new RnnStep[] {lower[part], new RnnStep(upper)};
      if (!tape.training()) {
        Arrays.stream(steps[part]).forEach(RnnStep::withoutGates);
      }
    }
    this.busy = steps.length == team.size();
  }

  /**
   * Makes the next runs project their input, with packed weights unless the tape computes directly.
   *
   * @param byLibrary whether a library does, which the whole team calls at once
   */
  void projecting(boolean byLibrary) {
    table = 0;
    projected = byLibrary;
  }

  /**
   * Makes the next runs look up their input in a table that is already projected: {@code (V,
   * zStride)}.
   */
  void lookingUp(long projected, long idsOfWindow) {
    table = projected;
    ids = idsOfWindow;
  }

  /**
   * Returns whether it projects. If there are too few sequences for all threads, or a library does,
   * it does not, and finds projected what the whole team has projected; if it computes directly
   * nothing is.
   */
  boolean projects() {
    return busy && !projected && !tape.direct();
  }

  /** Runs steps of one layer; threads meet at the end, and by units after each step. */
  void run(int which, RnnWeights.Layer weights, int from, int to) {
    layer = which;
    input = tape.input(which);
    first = from;
    end = to;
    weightIh = weights.weightIh().address();
    weightHh = weights.weightHh().address();
    inputSize = tape.spec().inputSize(which);
    if (tape.split.byUnits()) {
      team.run(steps.length, this);
    } else {
      team.runApart(steps.length, this);
    }
  }

  @Override
  public void run(int part, int parts) {
    for (int from = first; from < end; from += tape.chunk()) {
      run(part, parts, from, Math.min(end, from + tape.chunk()));
    }
  }

  /** Runs steps whose gates stay in a cache from one kernel to the next. */
  private void run(int part, int parts, int from, int to) {
    RnnStep[] own = steps[part];
    if (table == 0 && projects()) {
      project(own, part, from, to);
    }
    for (int t = from; t < to; t++) {
      long h = 0;
      if (blas == null && !tape.direct()) {
        h = states(own[0].range, t, part);
      }
      for (RnnStep step : own) {
        if (blas != null) {
          libraryProducts(blas, step.range, t);
        } else if (tape.direct()) {
          directProducts(step.range, t);
        } else {
          packedProduct(step.range, t, h);
        }
        gates(step, t);
      }
      convert(own[0].range, t + 1);
      if (tape.split.byUnits()) {
        team.barrier(parts);
      }
    }
  }

  /**
   * Computes {@code z = x · W_ihᵀ}, panel by panel, for all steps at once where their rows are
   * contiguous.
   */
  private void project(RnnStep[] own, int part, int from, int to) {
    GateRange r = own[0].range;
    Panels numbers = tape.numbers;
    boolean together = r.rows() == tape.batch();
    int rows = together ? r.rows() * (to - from) : r.rows();
    int stride = together ? to - from : 1;
    long strideBytes = (long) inputSize * Float.BYTES;
    long rowBytes = numbers.rowBytes(inputSize, strideBytes);
    StatePairs shared = layer == 0 ? null : tape.pairs;
    for (int t = from; t < to && shared == null; t += stride) {
      long buffer = tape.converted(part) + (long) (t - from) * rows * rowBytes;
      numbers.left(rows, inputSize, inputAt(t, r), strideBytes, buffer);
    }
    for (RnnStep step : own) {
      for (int p = panel(step.range); p < panelEnd(step.range); p++) {
        for (int t = from; t < to; t += stride) {
          long x = inputAt(t, r);
          if (shared != null) {
            x = shared.at(layer - 1, t + 1, r.row());
          } else if (numbers.converts()) {
            x = tape.converted(part) + (long) (t - from) * rows * rowBytes;
          }
          project(p, rows, x, rowBytes, tape.gates(layer, t), r.row());
        }
      }
    }
  }

  /** Multiplies rows of the input by one panel, for the rows of {@code z} from {@code row} on. */
  private void project(int p, int rows, long x, long rowBytes, long z, int row) {
    int width = shape.panelWidth();
    int steps = tape.numbers.steps(inputSize);
    long zBytes = (long) shape.zStride() * Float.BYTES;
    long panel = tape.packed(tape.inputPanels) + (long) p * width * steps * Float.BYTES;
    long target = z + row * zBytes + (long) p * width * Float.BYTES;
    tape.numbers.multiply(rows, steps, x, rowBytes, panel, target, zBytes);
  }

  private int panel(GateRange r) {
    return shape.panel(r.vector());
  }

  private int panelEnd(GateRange r) {
    return shape.panelEnd(r.vectorEnd());
  }

  private long inputAt(int t, GateRange r) {
    return input + ((long) t * tape.batch() + r.row()) * inputSize * Float.BYTES;
  }

  /** Returns the address of the hidden states of some rows before a step, as products take them. */
  private long states(GateRange r, int t, int part) {
    int units = shape.units();
    long strideBytes = (long) units * Float.BYTES;
    if (tape.pairs != null) {
      return tape.pairs.at(layer, t, r.row());
    }
    long rows = tape.hidden(layer, t) + r.row() * strideBytes;
    return tape.numbers.left(r.rows(), units, rows, strideBytes, tape.converted(part));
  }

  /** Converts the initial hidden states of a layer, where states are converted once for all. */
  void convertInitial(int which) {
    layer = which;
    convert(new GateRange(0, tape.batch(), 0, shape.vectors()), 0);
  }

  private void convert(GateRange r, int t) {
    if (tape.pairs != null) {
      tape.pairs.convert(shape, r, layer, t, tape.hidden(layer, t));
    }
  }

  private void packedProduct(GateRange r, int t, long h) {
    Panels numbers = tape.numbers;
    int width = shape.panelWidth();
    int units = shape.units();
    int steps = numbers.steps(units);
    long rowBytes = numbers.rowBytes(units, (long) units * Float.BYTES);
    long c = tape.recurrent(layer, t) + (long) r.row() * shape.zStride() * Float.BYTES;
    long panelBytes = (long) width * steps * Float.BYTES;
    for (int p = panel(r); p < panelEnd(r); p++) {
      numbers.multiply(
          r.rows(),
          steps,
          h,
          rowBytes,
          tape.packed(tape.forwardPanels) + p * panelBytes,
          c + (long) p * width * Float.BYTES,
          (long) shape.zStride() * Float.BYTES);
    }
  }

  /** Computes both products directly from the row-major weights. */
  private void directProducts(GateRange r, int t) {
    long x = input + (long) t * tape.batch() * inputSize * Float.BYTES;
    long h = tape.hidden(layer, t);
    for (int row = r.row(); row < r.rowEnd(); row++) {
      long xRow = x + (long) row * inputSize * Float.BYTES;
      long hRow = h + (long) row * shape.units() * Float.BYTES;
      dots(r, weightIh, inputSize, xRow, tape.gates(layer, t), row);
      dots(r, weightHh, shape.units(), hRow, tape.recurrent(layer, t), row);
    }
  }

  private void dots(GateRange r, long w, int k, long x, long z, int row) {
    long out = z + (long) row * shape.zStride() * Float.BYTES;
    for (int gate = 0; gate < shape.gates(); gate++) {
      for (int v = r.vector(); v < r.vectorEnd(); v++) {
        int unit = v * shape.lanes();
        int count = Math.min(shape.lanes(), shape.units() - unit);
        long from = w + (long) (gate * shape.units() + unit) * k * Float.BYTES;
        long to = out + (long) shape.place(gate, unit) * Float.BYTES;
        Kernels.PRODUCTS.dots(count, k, from, x, to);
      }
    }
  }

  private void libraryProducts(Cblas library, GateRange r, int t) {
    int units = shape.units();
    int from = r.vector() * shape.lanes();
    int count = Math.min(units, r.vectorEnd() * shape.lanes()) - from;
    if (count <= 0 || r.rows() <= 0) {
      return;
    }
    long h = tape.hidden(layer, t);
    long zh = tape.recurrent(layer, t);
    if (tape.direct()) {
      long x = input + (long) t * tape.batch() * inputSize * Float.BYTES;
      gateByGate(library, r, weightIh, inputSize, x, tape.gates(layer, t));
      gateByGate(library, r, weightHh, units, h, zh);
      return;
    }
    int place = shape.place(0, from);
    library.multiply(
        false,
        true,
        r.rows(),
        shape.place(0, r.vectorEnd() * shape.lanes()) - place,
        units,
        1,
        h + (long) r.row() * units * Float.BYTES,
        units,
        tape.packed(tape.forwardPanels + (long) place * units),
        units,
        0,
        zh + ((long) r.row() * shape.zStride() + place) * Float.BYTES,
        shape.zStride());
  }

  /** Computes {@code z = x · wᵀ} with row-major weights, then reorders the result by gates. */
  private void gateByGate(Cblas library, GateRange r, long w, int k, long x, long z) {
    int units = shape.units();
    int from = r.vector() * shape.lanes();
    int count = Math.min(units, r.vectorEnd() * shape.lanes()) - from;
    int row = shape.gates() * units;
    boolean together = count == units; // all gates in one call
    long left = x + (long) r.row() * k * Float.BYTES;
    long out = tape.at(tape.plainGates + (long) r.row() * row);
    for (int gate = 0; gate < (together ? 1 : shape.gates()); gate++) {
      long first = (long) gate * units + from;
      long right = w + first * k * Float.BYTES;
      long c = out + first * Float.BYTES;
      int columns = together ? row : count;
      library.multiply(false, true, r.rows(), columns, k, 1, left, k, right, k, 0, c, row);
    }
    for (int i = 0; i < r.rows(); i++) {
      long source = out + (long) i * row * Float.BYTES;
      long target = z + (long) (r.row() + i) * shape.zStride() * Float.BYTES;
      for (int gate = 0; gate < shape.gates(); gate++) {
        for (int unit = from; unit < from + count; unit += shape.lanes()) {
          long bytes = (long) Math.min(shape.lanes(), units - unit) * Float.BYTES;
          long at = source + ((long) gate * units + unit) * Float.BYTES;
          long to = target + (long) shape.place(gate, unit) * Float.BYTES;
          MemorySegment.copy(ALL, at, ALL, to, bytes);
        }
      }
    }
  }

  private void gates(RnnStep step, int t) {
    step.z = tape.gates(layer, t);
    step.table = table;
    step.ids = table == 0 ? 0 : ids + (long) t * tape.batch() * Integer.BYTES;
    step.zh = tape.recurrent(layer, t);
    step.bias = tape.packed(tape.bias);
    step.biasHidden = tape.packed(tape.biasHidden);
    step.hPrev = tape.hidden(layer, t);
    step.h = tape.hidden(layer, t + 1);
    step.cPrev = tape.cells(layer, t);
    step.c = tape.cells(layer, t + 1);
    step.tanhC = tape.tanhCells(layer, t);
    step.forward(shape, cell);
  }
}
