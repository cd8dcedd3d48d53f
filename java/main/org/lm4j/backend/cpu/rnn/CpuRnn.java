package org.lm4j.backend.cpu.rnn;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.blas.Cblas;
import org.lm4j.backend.cpu.blas.MatrixEngine;
import org.lm4j.backend.cpu.job.ElementJob;
import org.lm4j.backend.cpu.job.GemmJob;
import org.lm4j.backend.cpu.job.Jobs;
import org.lm4j.backend.cpu.job.WorkerTeam;
import org.lm4j.backend.cpu.kernel.GateShape;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.RnnGradients;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnWeights;

/**
 * Runs a stack of layers forward and back over the buffers of one tape. The recurrent products are
 * a library's only where all are; the others, over the rows of many steps, as {@link MatrixEngine}
 * decides by their extents.
 */
public final class CpuRnn implements AutoCloseable {
  private static final long MOST_KEPT = (256L << 20) / Float.BYTES; // of a table of products

  private final CpuRnnTape tape;
  private final RnnSpec spec;
  private final GateShape shape;
  private final Jobs jobs;
  private final RnnPacking packing;
  private final ForwardRecurrence forward;
  private final BackwardRecurrence backward;
  private final @Nullable Cblas all; // the library that computes every product, or null
  private final GateGradients inputSums;
  private final GateGradients recurrentSums;
  private final StateCopies states;
  private @Nullable Cblas projection; // what multiplies the input weights of this layer, or null

  CpuRnn(WorkerTeam team, Jobs jobs, CpuRnnTape tape) {
    this.tape = tape;
    this.jobs = jobs;
    this.spec = tape.spec();
    this.shape = tape.shape;
    this.packing = new RnnPacking(team, tape);
    this.all = jobs.engine.all();
    this.forward = new ForwardRecurrence(team, all, tape);
    this.backward = new BackwardRecurrence(team, all, tape);
    int widest = Math.max(spec.inputSize(), spec.hiddenSize());
    this.inputSums = new GateGradients(team, tape, widest);
    this.recurrentSums = new GateGradients(team, tape, spec.hiddenSize());
    this.states = new StateCopies(tape);
  }

  /** Runs the stack over a window, as {@link org.lm4j.compute.Backend#rnnForward} says. */
  public void forward(RnnWeights weights, RnnInOut inOut, @Nullable RandomKey key, int site) {
    tape.ready = false;
    tape.x = inOut.x().address();
    tape.given = inOut.x();
    tape.lookup = inOut.lookup();
    if (tape.lookup != null && !folded()) {
      embed(tape.lookup);
    }
    tape.key = key;
    tape.site = site;
    int last = spec.layers() - 1;
    tape.writeTo(inOut.y().address());
    for (int layer = 0; layer <= last; layer++) {
      RnnWeights.Layer part = weights.layers().get(layer);
      if (layer > 0 && tape.dropsInputs() && key != null) {
        long below = tape.hidden(layer - 1, 1);
        long size = (long) tape.rows() * shape.units();
        int units = shape.units();
        long input = tape.input(layer);
        jobs.dropout.run(size, units, below, input, spec.dropout(), key, site + layer - 1);
      }
      boolean looksUp = layer == 0 && folded();
      project(layer, looksUp ? vocabulary() : tape.chunk() * tape.batch());
      if (tape.lacksPacked(layer, projection != null)) {
        packing.byLibrary(projection != null, all != null).forward(part);
      }
      if (looksUp && tape.lookup != null) {
        long table = projectTable(tape.lookup);
        forward.lookingUp(table, tape.lookup.ids().address());
      } else {
        forward.projecting(projection != null);
      }
      states.loadState(inOut.initial(), layer);
      forward.convertInitial(layer);
      boolean projects = !looksUp && !forward.projects() && !tape.direct();
      int atOnce = projects ? tape.chunk() : tape.steps();
      for (int t = 0; t < tape.steps(); t += atOnce) {
        int end = Math.min(tape.steps(), t + atOnce);
        if (projects) {
          projectInput(layer, t, end);
        }
        forward.run(layer, part, t, end);
      }
      states.storeState(inOut.last(), layer);
    }
    if (tape.training()) {
      long size = (long) tape.rows() * shape.units();
      jobs.elements.run(ElementJob.Op.COPY, size, 0, tape.hidden(last, 1), inOut.y().address(), 0);
    }
    tape.ready = true;
  }

  /** Decides which engine multiplies the input weights of a layer by this many rows at a time. */
  private void project(int layer, int rows) {
    projection =
        tape.direct() ? null : jobs.engine.of(rows, tape.shape.gateWidth(), spec.inputSize(layer));
  }

  private int vocabulary() {
    return tape.lookup == null ? 0 : tape.lookup.table().shape().dim(0);
  }

  /**
   * Returns whether the first layer's input projection is looked up: where a window, or all windows
   * that the weights stay for, have far more tokens than the table has rows.
   */
  private boolean folded() {
    RnnInOut.Lookup lookup = tape.lookup;
    if (lookup == null || tape.direct()) {
      return false;
    }
    long vocabulary = lookup.table().shape().dim(0);
    boolean fits = vocabulary * shape.zStride() <= MOST_KEPT;
    return 2 * vocabulary <= (fits ? Math.max(tape.rows(), tape.rowsAhead) : tape.rows());
  }

  private void embed(RnnInOut.Lookup lookup) {
    jobs.rows.embed(
        tape.rows(), spec.inputSize(), lookup.table().address(), lookup.ids().address(), tape.x);
  }

  /** Computes {@code P (V, G·H) = table (V, D) · W_ihᵀ}. */
  private long projectTable(RnnInOut.Lookup lookup) {
    int vocabulary = lookup.table().shape().dim(0);
    int size = spec.inputSize();
    long projected = tape.table(vocabulary).address();
    if (tape.projected) {
      return projected;
    }
    tape.projected = tape.rowsAhead > 0;
    products(vocabulary, lookup.table().address(), size, projected);
    return projected;
  }

  /** Computes {@code z (T·B, G·H) = x (T·B, D) · W_ihᵀ}. */
  private void projectInput(int layer, int from, int to) {
    int rows = (to - from) * tape.batch();
    products(rows, inputAt(layer, from), spec.inputSize(layer), tape.gates(layer, from));
  }

  /** Computes {@code z (rows, zStride) = x (rows, size) · W_ihᵀ}. */
  private void products(int rows, long x, int size, long z) {
    long weights = tape.packed(tape.inputPanels);
    if (projection != null) {
      jobs.through(projection)
          .operands(false, x, size, true, weights, size)
          .run(rows, tape.shape.gateWidth(), size, 1, 0, z, shape.zStride());
      return;
    }
    jobs.panels
        .packed(x, size, weights)
        .run(rows, tape.shape.panelledWidth(), size, 1, 0, z, shape.zStride());
  }

  private long ids(RnnInOut.Lookup lookup, int t) {
    return lookup.ids().address() + (long) t * tape.batch() * Integer.BYTES;
  }

  /** Returns the address of a layer's input at step {@code t}. */
  private long inputAt(int layer, int t) {
    return tape.input(layer) + (long) t * tape.batch() * spec.inputSize(layer) * Float.BYTES;
  }

  /**
   * Computes the gradients of the last forward pass, as {@link
   * org.lm4j.compute.Backend#rnnBackward} says.
   *
   * @throws IllegalStateException if no forward pass has run since the last backward pass
   */
  public void backward(RnnWeights weights, RnnGradients gradients) {
    if (!tape.ready) {
      throw new IllegalStateException(
          "rnnBackward: no forward pass has run on this tape since the last backward pass");
    }
    tape.ready = false;
    tape.x = Objects.requireNonNull(tape.given).address(); // it may be closed by now
    long dy = gradients.dy().address();
    for (int layer = spec.layers() - 1; layer >= 0; layer--) {
      boolean looksUp = layer == 0 && gradients.dTable() != null && folded();
      project(layer, looksUp ? vocabulary() : tape.backwardChunk() * tape.batch());
      packing.byLibrary(projection != null, all != null).backward(weights.layers().get(layer));
      states.loadGradient(gradients.dLast(), layer);
      layerBackward(layer, dy, gradients);
      states.storeGradient(gradients.dInitial(), layer);
      if (layer > 0) {
        dy = tape.at(tape.dOutput);
        RandomKey key = tape.key;
        if (tape.dropsInputs() && key != null) {
          long size = (long) tape.rows() * shape.units();
          int units = shape.units();
          jobs.dropout.run(size, units, dy, dy, spec.dropout(), key, tape.site + layer - 1);
        }
      }
    }
  }

  /**
   * Computes the backward pass of a layer chunk by chunk, while the gradients of the gates are in
   * the L2 cache.
   */
  private void layerBackward(int layer, long dy, RnnGradients gradients) {
    RnnWeights.Layer target = gradients.dWeights().layers().get(layer);
    long dx = tape.at(tape.dOutput);
    if (layer == 0) {
      dx = gradients.dx() == null ? 0 : gradients.dx().address();
    }
    RnnInOut.Lookup lookup = layer == 0 ? tape.lookup : null;
    boolean folded = lookup != null && folded();
    if (lookup != null && folded) {
      tape.table(lookup.table().shape().dim(0)).clear();
      tape.projected = false; // gradients take the place of the products
    }
    inputSums.clear();
    recurrentSums.clear();
    Kernels.ELEMENTS.fill(tape.shape.gateWidth(), 0, tape.at(tape.biasGradient));
    Kernels.ELEMENTS.fill(tape.shape.gateWidth(), 0, tape.at(tape.biasHiddenGradient));
    int last = (tape.steps() - 1) / tape.backwardChunk() * tape.backwardChunk();
    for (int t = last; t >= 0; t -= tape.backwardChunk()) {
      int end = Math.min(tape.steps(), t + tape.backwardChunk());
      backward.run(layer, dy, t, end);
      recurrentGradients(layer, target, t, end);
      if (lookup != null && folded) {
        gatherGradients(lookup, t, end);
        if (gradients.dTable() == null) { // else dx is but memory to work in
          inputGradient(layer, dx, t, end);
        }
      } else {
        inputGradients(layer, target, dx, t, end);
      }
    }
    if (lookup != null) {
      tableGradients(lookup, target, gradients);
    }
    inputSums.addTo(target.weightIh().address());
    recurrentSums.addTo(target.weightHh().address());
    packing.addBias(tape.biasGradient, target.biasIh().address());
    packing.addBias(
        spec.cell() == Cell.GRU ? tape.biasHiddenGradient : tape.biasGradient,
        target.biasHh().address());
  }

  /** Adds up the gradients of a chunk's gates by token. */
  private void gatherGradients(RnnInOut.Lookup lookup, int from, int to) {
    long rows = (long) (to - from) * tape.batch();
    jobs.rows.embedBackward(
        rows,
        shape.zStride(),
        tape.gates(0, from),
        ids(lookup, from),
        tape.table(lookup.table().shape().dim(0)).address());
  }

  /**
   * Computes the gradients of the input weights and the table from those by token, or from {@code
   * dx}.
   */
  private void tableGradients(
      RnnInOut.Lookup lookup, RnnWeights.Layer target, RnnGradients gradients) {
    int vocabulary = lookup.table().shape().dim(0);
    int size = spec.inputSize();
    long dTable = gradients.dTable() == null ? 0 : gradients.dTable().address();
    if (folded()) {
      long sums = tape.table(vocabulary).address();
      long rows = lookup.table().address();
      weightGradient(inputSums, vocabulary, sums, rows, size, target.weightIh().address());
      biasGradient(vocabulary, sums, tape.biasGradient);
      if (dTable != 0) {
        throughInput(vocabulary, sums, size, 1, dTable);
      }
    } else if (dTable != 0 && gradients.dx() != null) {
      long dx = gradients.dx().address();
      jobs.rows.embedBackward(tape.rows(), size, dx, lookup.ids().address(), dTable);
    }
  }

  /** Computes the gradients of the input weights, their bias and the input. */
  private void inputGradients(int layer, RnnWeights.Layer target, long dx, int from, int to) {
    int size = spec.inputSize(layer);
    int rows = (to - from) * tape.batch();
    long dz = tape.gates(layer, from);
    weightGradient(inputSums, rows, dz, inputAt(layer, from), size, target.weightIh().address());
    biasGradient(rows, dz, tape.biasGradient);
    inputGradient(layer, dx, from, to);
  }

  /** Computes {@code dx = dz · W_ih}, unless it is not needed: {@code dx} is 0. */
  private void inputGradient(int layer, long dx, int from, int to) {
    if (dx != 0) { // may overwrite the dy of these steps, which are done
      int size = spec.inputSize(layer);
      long at = dx + (long) from * tape.batch() * size * Float.BYTES;
      throughInput((to - from) * tape.batch(), tape.gates(layer, from), size, 0, at);
    }
  }

  /** Computes {@code dx (rows, size) = dz (rows, zStride) · W_ih + keep · dx}. */
  private void throughInput(int rows, long dz, int size, float keep, long dx) {
    GemmJob job =
        projection != null
            ? jobs.through(projection)
                .operands(false, dz, shape.zStride(), false, tape.packed(tape.inputPanels), size)
            : jobs.panels.packed(dz, shape.zStride(), tape.packed(tape.inputPanels));
    job.run(rows, size, tape.shape.gateWidth(), 1, keep, dx, size);
  }

  private void recurrentGradients(int layer, RnnWeights.Layer target, int from, int to) {
    boolean gru = spec.cell() == Cell.GRU;
    int rows = (to - from) * tape.batch();
    long dz = gru ? tape.recurrent(layer, from) : tape.gates(layer, from);
    long h = tape.hidden(layer, from);
    weightGradient(recurrentSums, rows, dz, h, shape.units(), target.weightHh().address());
    if (gru) {
      biasGradient(rows, dz, tape.biasHiddenGradient);
    }
  }

  /** Computes {@code dW (G·H, size) += dzᵀ · x}; a library's sums stay in {@code sums} for now. */
  private void weightGradient(
      GateGradients sums, int rows, long dz, long x, int size, long target) {
    Cblas library = jobs.engine.of(tape.shape.gateWidth(), size, rows);
    if (library != null) {
      sums.add(jobs.through(library), rows, dz, x, size);
      return;
    }
    jobs.panels
        .gateRows(dz, shape.zStride(), shape.gates(), x, size)
        .run(shape.gates() * shape.units(), size, rows, 1, 1, target, size);
  }

  private void biasGradient(int rows, long dz, long sums) {
    jobs.rows.biasGradient(rows, tape.shape.gateWidth(), dz, shape.zStride(), tape.at(sums));
  }

  @Override
  public void close() {
    inputSums.close();
    recurrentSums.close();
  }
}
