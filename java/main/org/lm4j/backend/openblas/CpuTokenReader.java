package org.lm4j.backend.openblas;

import static org.lm4j.backend.openblas.PlainMemory.get;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.TokenModel;
import org.lm4j.compute.TokenReader;
import org.lm4j.tensor.Memory;
import org.lm4j.tensor.Tensor;

/**
 * Reads tokens with weights in panels. One run of the team takes a token through all layers to what
 * is asked for next; each thread computes its share of the units and of the vocabulary.
 */
final class CpuTokenReader implements TokenReader, WorkerTeam.Task {
  /** Weights that a thread reads in about the time a helper takes to come. */
  private static final long WORTH_SHARING = 1 << 16;

  private static final int NONE = -1;

  private enum Wanted {
    STATE,
    LOGITS,
    BOUNDS
  }

  private final WorkerTeam team;
  private final RnnSpec spec;
  private final GateShape shape;
  private final TokenModel model;
  private final TokenWeights weights;
  private final RnnStep[] steps;
  private @Nullable RowBounds bounds;

  private int pending = NONE; // the token read last, if the state does not know of it yet
  private int side; // of the states that are read
  private Wanted wanted = Wanted.STATE;
  private double[] target = {};

  CpuTokenReader(WorkerTeam team, TokenModel model) {
    this.team = team;
    this.model = model;
    this.spec = model.spec();
    this.weights = new TokenWeights(model);
    this.shape = weights.shape;
    long perToken = spec.layers() * (long) shape.zStride() * 2 * shape.units() + outputWeights();
    long worth = perToken / WORTH_SHARING + 1;
    int parts = (int) Math.min(Math.min(team.size(), shape.groups()), worth);
    this.steps = new RnnStep[parts];
    for (int i = 0; i < parts; i++) {
      int from = shape.groups() * i / parts * ProductKernels.PANEL_VECTORS;
      int to = shape.groups() * (i + 1) / parts * ProductKernels.PANEL_VECTORS;
      steps[i] = new RnnStep(new GateRange(0, 1, from, Math.min(to, shape.vectors())));
    }
  }

  private long outputWeights() {
    return (long) model.vocabulary() * shape.units();
  }

  @Override
  public int vocabulary() {
    return model.vocabulary();
  }

  @Override
  public void reset() {
    pending = NONE;
    weights.reset();
  }

  @Override
  public void read(int token) {
    if (token < 0 || token >= vocabulary()) {
      throw new IllegalArgumentException(
          "tokenReader: token %d is not in [0, %d)".formatted(token, vocabulary()));
    }
    if (pending != NONE) {
      advance(Wanted.STATE);
    }
    pending = token;
  }

  @Override
  public void logits(double[] numbers) {
    target = numbers;
    advance(Wanted.LOGITS);
  }

  @Override
  public boolean bounds() {
    return !weights.packsOutput && RowBounds.supported();
  }

  @Override
  public void upperBounds(double[] numbers) {
    if (!bounds()) {
      logits(numbers);
      return;
    }
    if (bounds == null) {
      bounds = new RowBounds(team, model.output());
    }
    target = numbers;
    advance(Wanted.BOUNDS);
  }

  @Override
  public double logit(int token) {
    if (pending != NONE) {
      advance(Wanted.STATE);
    }
    Tensor output = model.output();
    long row = output.address() + (long) token * shape.units() * Float.BYTES;
    Kernels.PRODUCTS.dots(1, shape.units(), row, top(), weights.logits());
    return get(weights.logits(), 0) + get(weights.outputBias(), token);
  }

  private void advance(Wanted what) {
    wanted = what;
    team.run(steps.length, this);
    if (pending != NONE) {
      if (weights.keepsProjections) {
        weights.setKnown(pending);
      }
      pending = NONE;
      side = 1 - side;
    }
  }

  /** The last layer's hidden state after the last token that the state knows of. */
  private long top() {
    return weights.hidden(spec.layers() - 1, side);
  }

  @Override
  public void run(int part, int parts) {
    long top = top();
    if (pending != NONE) {
      recur(steps[part], parts);
      top = weights.hidden(spec.layers() - 1, 1 - side);
    }
    int vocabulary = vocabulary();
    int width = shape.panelWidth();
    int panels = GateShape.roundUp(vocabulary, width) / width;
    int from = (int) ((long) panels * part / parts);
    int to = (int) ((long) panels * (part + 1) / parts);
    int end = Math.min(vocabulary, to * width);
    if (wanted == Wanted.LOGITS) {
      logits(top, from, to, end);
    } else if (wanted == Wanted.BOUNDS && bounds != null) {
      bounds.write(top, weights.outputBias(), from * width, end, target);
    }
  }

  /** One step of all layers: what this thread has of it. */
  private void recur(RnnStep step, int parts) {
    for (int layer = 0; layer < spec.layers(); layer++) {
      long h = weights.hidden(layer, side);
      product(step.range, shape.units(), h, weights.hiddenPanels(layer), weights.recurrent(layer));
    }
    for (int layer = 0; layer < spec.layers(); layer++) {
      if (layer == 0) {
        projectToken(step.range);
      } else {
        long below = weights.hidden(layer - 1, 1 - side);
        product(step.range, shape.units(), below, weights.inputPanels(layer), weights.pre(layer));
      }
      gates(step, layer);
      team.barrier(parts);
    }
  }

  /** {@code out = x · panels}, as far as it belongs to the units of a range. */
  private void product(GateRange r, int depth, long x, long panels, long out) {
    int width = shape.panelWidth();
    long panelBytes = (long) width * depth * Float.BYTES;
    for (int p = panel(r.vector()); p < panelEnd(r); p++) {
      long at = out + (long) p * width * Float.BYTES;
      Kernels.PRODUCTS.panel(1, depth, x, 0, Float.BYTES, panels + p * panelBytes, at, 0);
    }
  }

  private int panel(int vector) {
    return vector * shape.gates() / ProductKernels.PANEL_VECTORS;
  }

  private int panelEnd(GateRange r) {
    int vectors = ProductKernels.PANEL_VECTORS;
    return GateShape.roundUp(r.vectorEnd() * shape.gates(), vectors) / vectors;
  }

  private void projectToken(GateRange r) {
    long x = model.table().address() + (long) pending * spec.inputSize() * Float.BYTES;
    if (!weights.keepsProjections) {
      product(r, spec.inputSize(), x, weights.inputPanels(0), weights.pre(0));
      return;
    }
    long kept = weights.projection(pending);
    if (!weights.known(pending)) {
      product(r, spec.inputSize(), x, weights.inputPanels(0), kept);
    }
    int lane = shape.lanes() * shape.gates();
    long from = (long) r.vector() * lane * Float.BYTES;
    long bytes = (long) (r.vectorEnd() - r.vector()) * lane * Float.BYTES;
    MemorySegment.copy(Memory.ALL, kept + from, Memory.ALL, weights.pre(0) + from, bytes);
  }

  private void gates(RnnStep step, int layer) {
    GateKernels kernels = Kernels.GATES;
    Cell cell = spec.cell();
    long z = weights.pre(layer);
    long zh = weights.recurrent(layer);
    long bias = weights.bias(layer);
    long h = weights.hidden(layer, 1 - side);
    switch (cell) {
      case RNN_TANH, RNN_RELU ->
          kernels.rnnForward(shape, step.range, cell == Cell.RNN_RELU, z, zh, bias, h);
      case LSTM -> {
        step.lstm.z = z;
        step.lstm.zh = zh;
        step.lstm.bias = bias;
        step.lstm.cPrev = weights.cell(layer, side);
        step.lstm.c = weights.cell(layer, 1 - side);
        step.lstm.tanhC = weights.tanhCells();
        kernels.lstmForward(shape, step.range, step.lstm, h);
      }
      case GRU -> {
        step.gru.zx = z;
        step.gru.zh = zh;
        step.gru.hPrev = weights.hidden(layer, side);
        step.gru.bias = bias;
        step.gru.biasH = weights.biasHidden(layer);
        kernels.gruForward(shape, step.range, step.gru, h);
      }
    }
  }

  /** Panels {@code [from, to)} of the logits, of which those before {@code end} are wanted. */
  private void logits(long top, int from, int to, int end) {
    int width = shape.panelWidth();
    int depth = shape.units();
    long logits = weights.logits();
    int first = from * width;
    if (weights.packsOutput) {
      long panelBytes = (long) width * depth * Float.BYTES;
      for (int p = from; p < to; p++) {
        long start = (long) p * width * Float.BYTES;
        Kernels.PRODUCTS.panel(
            1,
            depth,
            top,
            0,
            Float.BYTES,
            weights.outputPanels() + p * panelBytes,
            weights.outputBias() + start,
            logits + start,
            0);
      }
    } else {
      long rows = model.output().address() + (long) first * depth * Float.BYTES;
      long at = (long) first * Float.BYTES;
      Kernels.PRODUCTS.dots(end - first, depth, rows, top, logits + at);
      Kernels.ELEMENTS.axpy(end - first, 1, weights.outputBias() + at, logits + at);
    }
    for (int i = first; i < end; i++) {
      target[i] = get(logits, i);
    }
  }

  @Override
  public void close() {
    weights.close();
    if (bounds != null) {
      bounds.close();
    }
  }
}
