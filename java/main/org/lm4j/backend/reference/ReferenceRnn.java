package org.lm4j.backend.reference;

import org.jspecify.annotations.Nullable;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.RnnGradients;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnState;
import org.lm4j.compute.RnnWeights;
import org.lm4j.tensor.Tensor;

/**
 * Runs a cell through layers and time, and back (Werbos, "Backpropagation Through Time", 1990).
 *
 * <p>Gradients of the weights are added up sequence by sequence within a step and step by step from
 * the last to the first, directly into the caller's buffers: windows taken one after the other from
 * the end give the same bits as all of them at once.
 */
final class ReferenceRnn {
  private final ReferenceTape tape;
  private final RnnSpec spec;
  private final ReferenceCell cell;
  private final CellStep step;
  private final int hidden; // H
  private final long stateSize; // B·H

  ReferenceRnn(ReferenceTape tape) {
    this.tape = tape;
    this.spec = tape.spec();
    this.cell = ReferenceCell.of(spec.cell());
    this.step = tape.step;
    this.hidden = spec.hiddenSize();
    this.stateSize = (long) tape.batch() * hidden;
  }

  void forward(RnnWeights weights, RnnInOut inOut, @Nullable RandomKey key, int site) {
    tape.inOut = inOut;
    tape.key = key;
    tape.site = site;
    RnnInOut.Lookup lookup = inOut.lookup();
    if (lookup != null) {
      Tensor rows = inOut.x().reshape(tape.steps() * tape.batch(), spec.inputSize());
      ReferenceEmbedding.embed(lookup.table(), lookup.ids(), rows);
    }
    int last = spec.layers() - 1;
    for (int layer = 0; layer <= last; layer++) {
      if (layer > 0) {
        inputFromBelow(layer, key, site + layer - 1);
      }
      loadState(inOut.initial(), layer);
      for (int t = 0; t < tape.steps(); t++) {
        for (int b = 0; b < tape.batch(); b++) {
          forwardStep(weights.layers().get(layer), layer, t, b);
        }
      }
      storeState(inOut.last(), layer);
    }
    Doubles.copy(tape.hidden(last, 1, 0), inOut.y().address(), inOut.y().size());
  }

  private void forwardStep(RnnWeights.Layer weights, int layer, int t, int b) {
    affine(weights.weightIh(), weights.biasIh(), input(layer, t, b), step.input);
    affine(weights.weightHh(), weights.biasHh(), tape.hidden(layer, t, b), step.recurrent);
    Doubles.load(tape.hidden(layer, t, b), step.h);
    Doubles.load(tape.cell(layer, t, b), step.c);
    cell.forward(step);
    Doubles.store(step.hNext, tape.hidden(layer, t + 1, b));
    Doubles.store(step.cNext, tape.cell(layer, t + 1, b));
    if (tape.training()) {
      Doubles.store(step.saved, tape.saved(layer, t, b));
    }
  }

  /**
   * The output of the layer below, dropped out if so wanted, becomes the input of {@code layer}.
   */
  private void inputFromBelow(int layer, @Nullable RandomKey key, int site) {
    long below = tape.hidden(layer - 1, 1, 0);
    long input = tape.input(layer, 0, 0);
    long size = tape.steps() * stateSize;
    if (tape.training() && spec.dropout() > 0 && key != null) {
      ReferenceEmbedding.dropout(below, input, size, spec.dropout(), key, site);
    } else {
      Doubles.copy(below, input, size);
    }
  }

  void backward(RnnWeights weights, RnnGradients gradients) {
    if (tape.inOut == null) {
      throw new IllegalStateException(
          "rnnBackward: no forward pass has run on this tape since the last backward pass");
    }
    Doubles.copy(gradients.dy().address(), tape.dOutput(0, 0), gradients.dy().size());
    for (int layer = spec.layers() - 1; layer >= 0; layer--) {
      loadGradient(gradients.dLast(), layer);
      RnnWeights.Layer dWeights = gradients.dWeights().layers().get(layer);
      for (int t = tape.steps() - 1; t >= 0; t--) {
        for (int b = 0; b < tape.batch(); b++) {
          backwardStep(weights.layers().get(layer), dWeights, layer, t, b);
          inputGradient(weights.layers().get(layer), gradients.dx(), layer, t, b);
        }
      }
      storeGradient(gradients.dInitial(), layer);
      if (layer > 0 && spec.dropout() > 0 && tape.key != null) {
        long size = tape.steps() * stateSize;
        long dOutput = tape.dOutput(0, 0);
        int site = tape.site + layer - 1;
        ReferenceEmbedding.dropout(dOutput, dOutput, size, spec.dropout(), tape.key, site);
      }
    }
    RnnInOut.Lookup lookup = tape.inOut.lookup();
    if (gradients.dTable() != null && gradients.dx() != null && lookup != null) {
      Tensor rows = gradients.dx().reshape(tape.steps() * tape.batch(), spec.inputSize());
      ReferenceEmbedding.embedBackward(rows, lookup.ids(), gradients.dTable());
    }
    tape.inOut = null;
  }

  private void backwardStep(
      RnnWeights.Layer weights, RnnWeights.Layer dWeights, int layer, int t, int b) {
    Doubles.load(tape.hidden(layer, t, b), step.h);
    Doubles.load(tape.cell(layer, t, b), step.c);
    Doubles.load(tape.hidden(layer, t + 1, b), step.hNext);
    Doubles.load(tape.cell(layer, t + 1, b), step.cNext);
    Doubles.load(tape.saved(layer, t, b), step.saved);
    Doubles.load(tape.dHidden(b), step.dh);
    Doubles.load(tape.dCell(b), step.dc);
    long dOutput = tape.dOutput(t, b);
    for (int j = 0; j < hidden; j++) {
      step.dh[j] += Doubles.get(dOutput, j);
    }
    cell.backward(step);
    accumulate(step.dInput, input(layer, t, b), dWeights.weightIh(), dWeights.biasIh());
    accumulate(step.dRecurrent, tape.hidden(layer, t, b), dWeights.weightHh(), dWeights.biasHh());
    Doubles.store(step.dc, tape.dCell(b));
    Doubles.store(step.dh, tape.dHidden(b));
    addTransposed(weights.weightHh(), step.dRecurrent, tape.dHidden(b));
  }

  /**
   * {@code Wᵀ · dInput}: the gradient of the input, which is that of the layer below's output and
   * takes the place of this layer's, used up by now.
   */
  private void inputGradient(
      RnnWeights.Layer weights, @Nullable Tensor dx, int layer, int t, int b) {
    if (layer == 0 && dx == null) {
      return;
    }
    long target = dx != null && layer == 0 ? sequenceRow(dx, t, b) : tape.dOutput(t, b);
    Doubles.fill(target, spec.inputSize(layer), 0);
    addTransposed(weights.weightIh(), step.dInput, target);
  }

  private long input(int layer, int t, int b) {
    if (layer > 0) {
      return tape.input(layer, t, b);
    }
    RnnInOut inOut = tape.inOut;
    if (inOut == null) {
      throw new IllegalStateException("no forward pass has run on this tape");
    }
    return sequenceRow(inOut.x(), t, b);
  }

  private long sequenceRow(Tensor x, int t, int b) {
    return x.address() + ((long) t * tape.batch() + b) * spec.inputSize() * Doubles.BYTES;
  }

  /** {@code out = W · x + bias}. */
  private static void affine(Tensor weight, Tensor bias, long x, double[] out) {
    int columns = weight.shape().dim(1);
    long w = weight.address();
    long offset = bias.address();
    for (int row = 0; row < out.length; row++) {
      double product = Doubles.dot(w + (long) row * columns * Doubles.BYTES, 1, x, columns);
      out[row] = product + Doubles.get(offset, row);
    }
  }

  /** {@code dx += Wᵀ · da}. */
  private static void addTransposed(Tensor weight, double[] da, long dx) {
    int columns = weight.shape().dim(1);
    for (int row = 0; row < da.length; row++) {
      Doubles.addScaled(da[row], ReferenceArithmetic.row(weight, row), dx, columns);
    }
  }

  /** {@code dW += da ⊗ x} and {@code db += da}. */
  private static void accumulate(double[] da, long x, Tensor dWeight, Tensor dBias) {
    int columns = dWeight.shape().dim(1);
    long db = dBias.address();
    for (int row = 0; row < da.length; row++) {
      Doubles.addScaled(da[row], x, ReferenceArithmetic.row(dWeight, row), columns);
      Doubles.set(db, row, Doubles.get(db, row) + da[row]);
    }
  }

  private void loadState(RnnState state, int layer) {
    Doubles.copy(layerOf(state.h(), layer), tape.hidden(layer, 0, 0), stateSize);
    if (state.c() != null) {
      Doubles.copy(layerOf(state.cell(), layer), tape.cell(layer, 0, 0), stateSize);
    }
  }

  private void storeState(RnnState state, int layer) {
    int end = tape.steps();
    Doubles.copy(tape.hidden(layer, end, 0), layerOf(state.h(), layer), stateSize);
    if (state.c() != null) {
      Doubles.copy(tape.cell(layer, end, 0), layerOf(state.cell(), layer), stateSize);
    }
  }

  private void loadGradient(@Nullable RnnState dLast, int layer) {
    Doubles.fill(tape.dHidden(0), 2 * stateSize, 0); // both parts: they lie side by side
    if (dLast != null) {
      Doubles.copy(layerOf(dLast.h(), layer), tape.dHidden(0), stateSize);
      if (dLast.c() != null) {
        Doubles.copy(layerOf(dLast.cell(), layer), tape.dCell(0), stateSize);
      }
    }
  }

  private void storeGradient(@Nullable RnnState dInitial, int layer) {
    if (dInitial != null) {
      Doubles.copy(tape.dHidden(0), layerOf(dInitial.h(), layer), stateSize);
      if (dInitial.c() != null) {
        Doubles.copy(tape.dCell(0), layerOf(dInitial.cell(), layer), stateSize);
      }
    }
  }

  private long layerOf(Tensor state, int layer) {
    return state.address() + layer * stateSize * Doubles.BYTES;
  }
}
