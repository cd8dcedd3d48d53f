package org.lm4j.backend.reference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.RnnGradients;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnState;
import org.lm4j.compute.RnnTape;
import org.lm4j.compute.RnnWeights;
import org.lm4j.tensor.MemoryBudget;
import org.lm4j.tensor.Tensor;

/**
 * Layers of cells above each other, with dropout between them: each is a {@link ReferenceCell},
 * whose outputs are the inputs of the next. What comes in and out as tensors is copied to and from
 * their arrays, which lie on the heap.
 */
final class ReferenceRnn implements RnnTape {
  private final RnnSpec spec;
  private final int steps;
  private final int batch;
  private final boolean training;
  private final List<ReferenceCell> layers = new ArrayList<>();
  private @Nullable RnnInOut inOut; // of the last forward pass
  private @Nullable RandomKey key;
  private int site;

  /**
   * Creates the layers for windows of {@code steps} by {@code batch}.
   *
   * @throws org.lm4j.MemoryShortage if the heap has no room for them
   */
  ReferenceRnn(RnnSpec spec, int steps, int batch, boolean training) {
    this.spec = spec;
    this.steps = steps;
    this.batch = batch;
    this.training = training;
    MemoryBudget.requireHeap(heapBytes(), "a window of " + steps + " steps", List.of());
    for (int layer = 0; layer < spec.layers(); layer++) {
      layers.add(
          ReferenceCell.of(spec.cell(), steps, batch, spec.inputSize(layer), spec.hiddenSize()));
    }
  }

  private long heapBytes() {
    double numbers = 0;
    for (int layer = 0; layer < spec.layers(); layer++) {
      double perStep =
          2.0 * spec.inputSize(layer) + (3.0 + spec.cell().gates()) * spec.hiddenSize();
      double weights = 2.0 * spec.gateRows() * ((double) spec.inputSize(layer) + spec.hiddenSize());
      numbers += steps * (double) batch * perStep + weights;
    }
    return (long) (numbers * Double.BYTES);
  }

  /**
   * Returns the lookup that gave the inputs of the last forward pass; null where they were given.
   */
  RnnInOut.@Nullable Lookup lookup() {
    return inOut == null ? null : inOut.lookup();
  }

  void forward(RnnWeights weights, RnnInOut given, @Nullable RandomKey dropoutKey, int firstSite) {
    inOut = given;
    key = dropoutKey;
    site = firstSite;
    RnnInOut.Lookup lookup = given.lookup();
    if (lookup != null) {
      Tensor rows = given.x().reshape(steps * batch, spec.inputSize());
      ReferenceEmbedding.embed(lookup.table(), lookup.ids(), rows);
    }
    for (int i = 0; i < layers.size(); i++) {
      ReferenceCell layer = layers.get(i);
      if (i == 0) {
        load(given.x(), 0, layer.x, 0, steps);
      } else {
        copyOutput(layers.get(i - 1), layer);
        dropout(i, layer.x);
      }
      load(weights.layers().get(i), layer);
      load(given.initial().h(), i, layer.h, 0, 1);
      if (spec.cell().hasCellState()) {
        load(given.initial().cell(), i, layer.c, 0, 1);
      }
      layer.forward();
      store(layer.h, steps, 1, given.last().h(), i);
      if (spec.cell().hasCellState()) {
        store(layer.c, steps, 1, given.last().cell(), i);
      }
    }
    store(layers.getLast().h, 1, steps, given.y(), 0);
  }

  void backward(RnnWeights weights, RnnGradients gradients) {
    if (inOut == null) {
      throw new IllegalStateException(
          "rnnBackward: no forward pass has run on this tape since the last backward pass");
    }
    inOut.x().address(); // throws if the input has been closed since, as on the other backends
    load(gradients.dy(), 0, layers.getLast().dy, 0, steps);
    for (int i = layers.size() - 1; i >= 0; i--) {
      ReferenceCell layer = layers.get(i);
      load(weights.layers().get(i), layer);
      finalGradient(gradients.dLast(), i, layer);
      RnnWeights.Layer dWeights = gradients.dWeights().layers().get(i);
      load(dWeights.weightIh(), layer.dW);
      load(dWeights.weightHh(), layer.dU);
      load(dWeights.biasIh(), layer.db);
      load(dWeights.biasHh(), layer.dbU);
      layer.backward();
      store(layer.dW, dWeights.weightIh());
      store(layer.dU, dWeights.weightHh());
      store(layer.db, dWeights.biasIh());
      store(layer.dbU, dWeights.biasHh());
      initialGradient(layer, gradients.dInitial(), i);
      if (i > 0) {
        dropout(i, layer.dx);
        copy(layer.dx, layers.get(i - 1).dy);
      }
    }
    Tensor dx = gradients.dx();
    if (dx != null) {
      store(layers.getFirst().dx, 0, steps, dx, 0);
      RnnInOut.Lookup lookup = inOut.lookup();
      if (gradients.dTable() != null && lookup != null) {
        Tensor rows = dx.reshape(steps * batch, spec.inputSize());
        ReferenceEmbedding.embedBackward(rows, lookup.ids(), gradients.dTable());
      }
    }
    inOut = null;
  }

  /**
   * Applies dropout to the input of layer {@code layer}, in place; also serves as its backward
   * pass.
   */
  private void dropout(int layer, double[][][] x) {
    if (training && spec.dropout() > 0 && key != null) {
      for (int t = 0; t < steps; t++) {
        for (int n = 0; n < batch; n++) {
          int width = x[t][n].length;
          long first = key.index(((long) t * batch + n) * width, width);
          ReferenceEmbedding.dropout(x[t][n], first, spec.dropout(), key, site + layer - 1);
        }
      }
    }
  }

  private static void copyOutput(ReferenceCell from, ReferenceCell to) {
    for (int t = 0; t < to.T; t++) {
      for (int n = 0; n < to.B; n++) {
        System.arraycopy(from.h[t + 1][n], 0, to.x[t][n], 0, to.D);
      }
    }
  }

  private static void copy(double[][][] from, double[][][] to) {
    for (int t = 0; t < to.length; t++) {
      for (int n = 0; n < to[t].length; n++) {
        System.arraycopy(from[t][n], 0, to[t][n], 0, to[t][n].length);
      }
    }
  }

  private void finalGradient(@Nullable RnnState dLast, int i, ReferenceCell layer) {
    for (int n = 0; n < batch; n++) {
      Arrays.fill(layer.dh[n], 0);
      Arrays.fill(layer.dc[n], 0);
    }
    if (dLast != null) {
      load(dLast.h(), i, new double[][][] {layer.dh}, 0, 1);
      if (dLast.c() != null) {
        load(dLast.cell(), i, new double[][][] {layer.dc}, 0, 1);
      }
    }
  }

  private void initialGradient(ReferenceCell layer, @Nullable RnnState dInitial, int i) {
    if (dInitial != null) {
      store(new double[][][] {layer.dh}, 0, 1, dInitial.h(), i);
      if (dInitial.c() != null) {
        store(new double[][][] {layer.dc}, 0, 1, dInitial.cell(), i);
      }
    }
  }

  private static void load(RnnWeights.Layer weights, ReferenceCell layer) {
    load(weights.weightIh(), layer.W);
    load(weights.weightHh(), layer.U);
    load(weights.biasIh(), layer.b);
    load(weights.biasHh(), layer.bU);
  }

  private static void load(Tensor source, double[] target) {
    Doubles.load(source.address(), target);
  }

  private static void store(double[] source, Tensor target) {
    Doubles.store(source, target.address());
  }

  /**
   * Loads steps {@code [from, from + count)} of {@code target} from a tensor, beginning at its
   * entry {@code at}.
   */
  private void load(Tensor source, int at, double[][][] target, int from, int count) {
    for (int t = 0; t < count; t++) {
      for (int n = 0; n < batch; n++) {
        double[] row = target[from + t][n];
        Doubles.load(address(source, at + t, n, row.length), row);
      }
    }
  }

  private void store(double[][][] source, int from, int count, Tensor target, int at) {
    for (int t = 0; t < count; t++) {
      for (int n = 0; n < batch; n++) {
        double[] row = source[from + t][n];
        Doubles.store(row, address(target, at + t, n, row.length));
      }
    }
  }

  private long address(Tensor tensor, int entry, int n, int width) {
    return tensor.address() + ((long) entry * batch + n) * width * Doubles.BYTES;
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
    layers.clear();
  }
}
