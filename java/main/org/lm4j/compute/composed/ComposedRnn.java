package org.lm4j.compute.composed;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.GemmOp;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.RnnGradients;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnState;
import org.lm4j.compute.RnnTape;
import org.lm4j.compute.RnnWeights;
import org.lm4j.tensor.Tensor;

/**
 * A recurrent stack of any cell, computed from its equations with the operations that every backend
 * has. The equations are evaluated node by node: what depends on the input alone, for the whole
 * window; the rest step by step. Backward the same nodes are taken in reverse (reverse-mode
 * differentiation).
 */
final class ComposedRnn implements RnnTape {
  private final Backend backend;
  private final RnnSpec spec;
  private final int steps;
  private final int batch;
  private final boolean training;
  private final Cell cell;
  private final int hidden; // H
  private final List<Tensor> owned = new ArrayList<>();

  private final List<StepValues> layers = new ArrayList<>(); // one for all where not training
  private final Tensor projected; // (T·B, G·H): W x + b, and its gradient
  private final Tensor recurrent; // (T·B, G·H): U h + bU of a step, or the gradients of all
  private final @Nullable Tensor dOutput; // (T·B, H) of the layer that is worked on
  private final @Nullable RnnState dState; // (B, H), between two steps
  private final Tensor[] inputs; // (T·B, H) of layers above the first, after dropout
  private @Nullable RnnInOut inOut; // of the last forward pass
  private @Nullable RandomKey key;
  private int site;

  /** Returns the bytes that a tape takes. */
  static long bytes(Backend backend, RnnSpec spec, int steps, int batch, boolean training) {
    CountingBackend counting = new CountingBackend(backend);
    try (ComposedRnn _ = new ComposedRnn(counting, spec, steps, batch, training)) {
      return counting.bytes();
    }
  }

  ComposedRnn(Backend backend, RnnSpec spec, int steps, int batch, boolean training) {
    this.backend = backend;
    this.spec = spec;
    this.steps = steps;
    this.batch = batch;
    this.training = training;
    this.cell = spec.cell();
    this.hidden = spec.hiddenSize();
    this.inputs = new Tensor[spec.layers()];
    try {
      Tensor adjoints = training ? own(StepValues.adjoints(backend, spec, steps, batch)) : null;
      for (int layer = 0; layer < (training ? spec.layers() : 1); layer++) {
        Tensor values = own(StepValues.values(backend, spec, steps, batch));
        layers.add(new StepValues(backend, spec, steps, batch, values, adjoints));
      }
      int window = steps * batch;
      for (int layer = 1; layer < spec.layers(); layer++) {
        inputs[layer] =
            training || layer == 1 ? own(backend.allocate(window, hidden)) : inputs[layer - 1];
      }
      projected = own(backend.allocate(window, spec.gateRows()));
      recurrent =
          cell.hasRecurrentWeights()
              ? own(backend.allocate(training ? window : batch, spec.gateRows()))
              : projected; // which is not read then
      dOutput = training ? own(backend.allocate(window, hidden)) : null;
      dState = training ? newState() : null;
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private RnnState newState() {
    Tensor h = own(backend.allocate(batch, hidden));
    return new RnnState(h, cell.hasCellState() ? own(backend.allocate(batch, hidden)) : null);
  }

  private Tensor own(Tensor tensor) {
    owned.add(tensor);
    return tensor;
  }

  private StepValues values(int layer) {
    return layers.get(training ? layer : 0);
  }

  /**
   * Returns the lookup that gave the inputs of the last forward pass; null where they were given.
   */
  RnnInOut.@Nullable Lookup lookup() {
    return inOut == null ? null : inOut.lookup();
  }

  @SuppressWarnings("ReferenceEquality") // the very backend is asked for
  boolean belongsTo(Backend other) {
    return backend == other;
  }

  private Tensor flat(Tensor sequence) {
    return sequence.reshape(steps * batch, sequence.shape().dim(2));
  }

  private Tensor layerOf(Tensor state, int layer) {
    return state.slice(layer, 1).reshape(batch, hidden);
  }

  // --- Forward ----------------------------------------------------------------------------------

  void forward(RnnWeights weights, RnnInOut given, @Nullable RandomKey dropoutKey, int firstSite) {
    inOut = given;
    key = dropoutKey;
    site = firstSite;
    RnnInOut.Lookup lookup = given.lookup();
    if (lookup != null) {
      backend.embed(lookup.table(), lookup.ids(), flat(given.x()));
    }
    for (int layer = 0; layer < spec.layers(); layer++) {
      StepValues values = values(layer);
      backend.copy(layerOf(given.initial().h(), layer), values.hidden(0));
      if (cell.hasCellState()) {
        backend.copy(layerOf(given.initial().cell(), layer), values.cell(0));
      }
      forward(weights.layers().get(layer), input(layer), values);
      backend.copy(values.hidden(steps), layerOf(given.last().h(), layer));
      if (cell.hasCellState()) {
        backend.copy(values.cell(steps), layerOf(given.last().cell(), layer));
      }
      Tensor output = values.hiddenStates(1);
      if (layer == spec.layers() - 1) {
        backend.copy(output, flat(given.y()));
      } else if (training && spec.dropout() > 0 && key != null) {
        backend.dropout(output, inputs[layer + 1], spec.dropout(), key, site + layer);
      } else {
        backend.copy(output, inputs[layer + 1]);
      }
    }
  }

  private Tensor input(int layer) {
    if (layer > 0) {
      return inputs[layer];
    }
    if (inOut == null) {
      throw new IllegalStateException("no forward pass has run on this tape");
    }
    return flat(inOut.x());
  }

  private void forward(RnnWeights.Layer weights, Tensor x, StepValues values) {
    backend.affine(x, weights.weightIh(), weights.biasIh(), projected);
    values.forwardWindow(projected);
    for (int t = 0; t < steps; t++) {
      Tensor u = step(recurrent, t, training);
      if (cell.hasRecurrentWeights()) {
        backend.affine(values.hidden(t), weights.weightHh(), weights.biasHh(), u);
      }
      values.forwardStep(t, u);
    }
  }

  /** Returns the rows of step {@code t}, where each step has rows. */
  private Tensor step(Tensor window, int t, boolean each) {
    return window.slice(each ? t * batch : 0, batch);
  }

  // --- Backward ---------------------------------------------------------------------------------

  void backward(RnnWeights weights, RnnGradients gradients) {
    if (inOut == null || dOutput == null || dState == null) {
      throw new IllegalStateException(
          "rnnBackward: no forward pass has run on this tape since the last backward pass");
    }
    backend.copy(flat(gradients.dy()), dOutput);
    for (int layer = spec.layers() - 1; layer >= 0; layer--) {
      RnnWeights.Layer w = weights.layers().get(layer);
      finalGradient(gradients.dLast(), layer, dState);
      StepValues values = values(layer);
      backward(w, values, dOutput, dState);
      weightGradients(gradients.dWeights().layers().get(layer), input(layer), values);
      initialGradient(dState, gradients.dInitial(), layer);
      if (layer > 0) {
        backend.gemm(GemmOp.NN, 1, projected, w.weightIh(), 0, dOutput);
        if (spec.dropout() > 0 && key != null) {
          backend.dropout(dOutput, dOutput, spec.dropout(), key, site + layer - 1);
        }
      } else if (gradients.dx() != null) {
        inputGradient(gradients, w, inOut.lookup());
      }
    }
    inOut = null;
  }

  private void backward(
      RnnWeights.Layer weights, StepValues values, Tensor dOutputs, RnnState state) {
    if (cell.hasRecurrentWeights()) {
      backend.fill(recurrent, 0);
    }
    values.clearAdjoints();
    for (int t = steps - 1; t >= 0; t--) {
      backend.axpy(1, step(dOutputs, t, true), state.h()); // h' is output and next state
      Tensor du = step(recurrent, t, true);
      values.backwardStep(t, state, du);
      if (cell.hasRecurrentWeights()) {
        backend.gemm(GemmOp.NN, 1, du, weights.weightHh(), 1, state.h());
      }
    }
    backend.fill(projected, 0);
    values.backwardWindow(projected);
  }

  private void weightGradients(RnnWeights.Layer dWeights, Tensor x, StepValues values) {
    backend.affineGradients(x, projected, dWeights.weightIh(), dWeights.biasIh());
    if (cell.hasRecurrentWeights()) {
      backend.affineGradients(
          values.hiddenStates(0), recurrent, dWeights.weightHh(), dWeights.biasHh());
    }
  }

  private void inputGradient(
      RnnGradients gradients, RnnWeights.Layer weights, RnnInOut.@Nullable Lookup lookup) {
    Tensor dx = gradients.dx();
    if (dx == null) {
      return;
    }
    backend.gemm(GemmOp.NN, 1, projected, weights.weightIh(), 0, flat(dx));
    if (gradients.dTable() != null && lookup != null) {
      backend.embedBackward(flat(dx), lookup.ids(), gradients.dTable());
    }
  }

  private void finalGradient(@Nullable RnnState dLast, int layer, RnnState target) {
    if (dLast == null) {
      backend.fill(target.h(), 0);
    } else {
      backend.copy(layerOf(dLast.h(), layer), target.h());
    }
    if (target.c() != null) {
      if (dLast == null) {
        backend.fill(target.cell(), 0);
      } else {
        backend.copy(layerOf(dLast.cell(), layer), target.cell());
      }
    }
  }

  private void initialGradient(RnnState source, @Nullable RnnState dInitial, int layer) {
    if (dInitial != null) {
      backend.copy(source.h(), layerOf(dInitial.h(), layer));
      if (source.c() != null) {
        backend.copy(source.cell(), layerOf(dInitial.cell(), layer));
      }
    }
  }

  @Override
  public RnnSpec spec() {
    return spec;
  }

  @Override
  public int steps() {
    return steps;
  }

  @Override
  public int batch() {
    return batch;
  }

  @Override
  public boolean training() {
    return training;
  }

  @Override
  public void close() {
    owned.forEach(tensor -> tensor.storage().close());
  }
}
