package org.lm4j.backend.cpu;

import static org.lm4j.backend.cpu.kernel.PlainMemory.get;

import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.blas.Cblas;
import org.lm4j.backend.cpu.job.WorkerTeam;
import org.lm4j.backend.cpu.kernel.GateRange;
import org.lm4j.backend.cpu.kernel.GateShape;
import org.lm4j.backend.cpu.kernel.ProductKernels;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.backend.cpu.rnn.RnnSplit;
import org.lm4j.backend.cpu.rnn.RnnStep;
import org.lm4j.compute.DecoderChecks;
import org.lm4j.compute.IncrementalDecoder;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.TokenModel;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Tensor;

/**
 * Reads tokens with weights in panels, or where a library computes every product by calls of {@code
 * cblas_sgemv}. One run of the team takes a token through all layers to what is asked for next;
 * each thread computes its share of the units and of the vocabulary.
 */
final class CpuDecoder implements IncrementalDecoder, WorkerTeam.Task {
  /** Bytes of weights that a thread reads in about the time a helper takes to come. */
  private static final long WORTH_SHARING = 1 << 18;

  private static final int LARGE = 1 << 20; // bytes that do not stay in a core's own cache

  /** Steps that are about as much work as squeezing the weights, which makes them shorter. */
  static final int WORTH_SQUEEZING = 2000;

  private static final int APART = 128; // bytes, so that threads do not write to one cache line

  private static final int NONE = -1;

  private enum Wanted {
    STATE,
    LOGITS,
    BOUNDS,
    WEIGHTS
  }

  private final WorkerTeam team;
  private final @Nullable Cblas blas; // null for Java kernels
  private final RnnSpec spec;
  private final GateShape shape;
  private final TokenModel model;
  private final TokenBuffers buffers;
  private final RowPanels numbers;
  final StepSharing sharing;
  private final RnnStep[] shared; // of each thread
  private final RnnStep[] alone;
  private final HostStorage converted; // a row for each thread
  private final long convertedBytes;
  private @Nullable RowBounds bounds;
  private @Nullable BlockWeights weights;
  private @Nullable ByteBounds byteBounds; // of weights, where logits take longer to compute

  private int pending = NONE; // the token read last, if the state does not know of it yet
  private int untilSqueezed; // steps
  private int side; // of the states that are read
  private Wanted wanted = Wanted.STATE;
  private double[] target = {};
  private float largest; // bound of a logit
  private float perTemperature;

  /**
   * Creates a decoder.
   *
   * @param blas the library for every product; null for Java kernels
   * @param numbers in which products are computed if there is no library
   */
  CpuDecoder(WorkerTeam team, @Nullable Cblas blas, RowPanels numbers, TokenModel model) {
    this.team = team;
    this.blas = blas;
    this.numbers = numbers;
    this.model = model;
    this.spec = model.spec();
    this.buffers = new TokenBuffers(model, numbers, blas != null);
    this.shape = buffers.shape;
    int most = Math.max(RnnSplit.decodingGroups(shape), panels());
    long bytes = buffers.bytes();
    int parts = (int) Math.min(Math.min(team.size(), most), bytes / WORTH_SHARING + 1);
    this.untilSqueezed = bytes / parts > LARGE ? WORTH_SQUEEZING : 0;
    this.sharing = new StepSharing(parts);
    this.shared = RnnStep.forDecoding(RnnSplit.forDecoding(shape, 1, parts));
    this.alone = RnnStep.forDecoding(RnnSplit.forDecoding(shape, 1, 1));
    int depth = Math.max(shape.units(), spec.inputSize());
    long rowBytes = numbers.rowBytes(depth);
    if (blockSize() > 0) { // bounds need more
      rowBytes = Math.max(rowBytes, BytePanels.fastest().rowBytes(depth) + 4L * depth);
    }
    this.convertedBytes = (rowBytes + APART - 1) / APART * APART;
    this.converted = new HostStorage(parts * convertedBytes);
  }

  /** Returns the number of panels of the output layer. */
  private int panels() {
    return GateShape.roundUp(vocabulary(), shape.panelWidth()) / shape.panelWidth();
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
    buffers.reset();
  }

  @Override
  public void read(int token) {
    DecoderChecks.token(token, vocabulary());
    if (pending != NONE) {
      advance(Wanted.STATE);
    }
    pending = token;
  }

  @Override
  public void logits(double[] numbers) {
    DecoderChecks.target(numbers, vocabulary());
    target = numbers;
    advance(Wanted.LOGITS);
  }

  @Override
  public boolean bounds() {
    return blas == null && !buffers.packsOutput && RowBounds.supported();
  }

  @Override
  public void upperBounds(double[] numbers) {
    if (!bounds()) {
      logits(numbers);
      return;
    }
    DecoderChecks.target(numbers, vocabulary());
    if (bounds == null) {
      bounds = new RowBounds(team, model.output());
    }
    target = numbers;
    advance(Wanted.BOUNDS);
  }

  @Override
  public int blockSize() {
    boolean large = outputWeights() > TokenBuffers.MOST_PACKED;
    return blas == null && numbers.compact() && large ? shape.panelWidth() : 0;
  }

  @Override
  public double weights(double temperature, double[] sums) {
    if (blockSize() == 0) {
      return IncrementalDecoder.super.weights(temperature, sums);
    }
    DecoderChecks.target(sums, panels());
    if (weights == null) {
      weights = new BlockWeights(vocabulary(), shared.length);
      if (numbers.bounded() && ByteBounds.supports(shape.units())) {
        byteBounds = new ByteBounds(team, model.output());
      }
    }
    target = sums;
    perTemperature = (float) (1 / temperature);
    advance(Wanted.WEIGHTS);
    return largest;
  }

  @Override
  public void block(int block, double[] numbersOfBlock) {
    DecoderChecks.target(numbersOfBlock, shape.panelWidth());
    if (weights == null) {
      throw new IllegalStateException("no weights have been computed");
    }
    weights.block(block, numbersOfBlock);
  }

  @Override
  public double logit(int token) {
    DecoderChecks.token(token, vocabulary());
    if (pending != NONE) {
      advance(Wanted.STATE);
    }
    if (numbers.compact()) {
      int panel = token / shape.panelWidth();
      long row = numbers.row(shape.units(), top(), converted.address());
      outputs(row, panel, panel + 1, buffers.logits());
      return get(buffers.logits(), token);
    }
    Tensor output = model.output();
    long row = output.address() + (long) token * shape.units() * Float.BYTES;
    dots(1, row, top(), buffers.logits());
    return get(buffers.logits(), 0) + get(buffers.outputBias(), token);
  }

  private void advance(Wanted what) {
    wanted = what;
    if (untilSqueezed > 0 && --untilSqueezed == 0) {
      team.run(
          shared.length, (part, parts) -> buffers.squeeze(part, parts, wanted == Wanted.LOGITS));
    }
    long begun = System.nanoTime();
    team.run(sharing.parts(), this);
    sharing.add(System.nanoTime() - begun);
    if (pending != NONE) {
      buffers.setKnown(pending);
      pending = NONE;
      side = 1 - side;
    }
  }

  /** Returns the last layer's hidden state after the last token that the state knows of. */
  private long top() {
    return buffers.hidden(spec.layers() - 1, side);
  }

  @Override
  public void run(int part, int parts) {
    long top = top();
    if (pending != NONE) {
      recur(part, parts);
      top = buffers.hidden(spec.layers() - 1, 1 - side);
    }
    int from = (int) ((long) panels() * part / parts);
    int to = (int) ((long) panels() * (part + 1) / parts);
    if (wanted == Wanted.LOGITS) {
      logits(part, top, from, to);
    } else if (wanted == Wanted.BOUNDS && bounds != null) {
      bounds.write(top, buffers.outputBias(), from, to, target);
    } else if (wanted == Wanted.WEIGHTS && weights != null) {
      weigh(weights, part, parts, top, from, to);
    }
  }

  /** Computes the weights of panels {@code [from, to)}. */
  private void weigh(BlockWeights drawn, int part, int parts, long top, int from, int to) {
    ByteBounds upper = byteBounds;
    if (upper != null) {
      ByteBounds.Row row = upper.row(top, convertedRow(part));
      upper.write(row, from, to, buffers.outputBias(), drawn.panel(0), drawn.lanes(part));
      drawn.setLargest(part);
    } else {
      outputs(numbers.row(shape.units(), top, convertedRow(part)), from, to, drawn.panel(0));
      drawn.findLargest(part, from, to);
    }
    team.barrier(parts);
    float max = drawn.largest(parts);
    drawn.weigh(part, from, to, max, perTemperature, target);
    if (part == 0) {
      largest = max;
    }
  }

  /** Computes this thread's part of one step of all layers. */
  private void recur(int part, int parts) {
    RnnStep step = step(part, parts);
    for (int layer = 0; layer < spec.layers(); layer++) {
      long h = buffers.hidden(layer, side);
      long panels = buffers.hiddenPanels(layer);
      product(step, part, shape.units(), h, panels, buffers.recurrent(layer));
    }
    for (int layer = 0; layer < spec.layers(); layer++) {
      step.table = 0;
      if (layer == 0) {
        projectToken(step, part);
      } else {
        long below = buffers.hidden(layer - 1, 1 - side);
        product(step, part, shape.units(), below, buffers.inputPanels(layer), buffers.pre(layer));
      }
      gates(step, layer);
      team.barrier(parts);
    }
  }

  private RnnStep step(int part, int parts) {
    return parts == 1 ? alone[part] : shared[part];
  }

  /** Computes {@code out = x · panels} for a thread's units. */
  private void product(RnnStep step, int part, int depth, long x, long panels, long out) {
    GateRange r = step.range;
    if (blas != null) {
      int place = shape.place(0, r.vector() * shape.lanes());
      int count = shape.place(0, r.vectorEnd() * shape.lanes()) - place;
      if (count > 0) {
        long rows = panels + (long) place * depth * Float.BYTES;
        long at = out + (long) place * Float.BYTES;
        blas.multiply(false, true, 1, count, depth, 1, x, depth, rows, depth, 0, at, count);
      }
      return;
    }
    int first = shape.panel(r.vector());
    int count = shape.panelEnd(r.vectorEnd()) - first;
    if (count > 0) {
      long row = numbers.row(depth, x, convertedRow(part));
      long from = panels + first * numbers.panelBytes(depth);
      long to = out + (long) first * shape.panelWidth() * Float.BYTES;
      numbers.multiply(count, depth, row, from, ProductKernels.ZEROS.address(), 0, to);
    }
  }

  /** Returns the address of a thread's memory for a row in other numbers. */
  private long convertedRow(int part) {
    return converted.address() + part * convertedBytes;
  }

  /** Computes the input's part of the first layer's pre-activations, unless it is kept. */
  private void projectToken(RnnStep step, int part) {
    long x = model.table().address() + (long) pending * spec.inputSize() * Float.BYTES;
    if (!buffers.keepsProjections) {
      product(step, part, spec.inputSize(), x, buffers.inputPanels(0), buffers.pre(0));
      return;
    }
    long kept = buffers.projection(pending);
    if (!buffers.known(pending)) {
      product(step, part, spec.inputSize(), x, buffers.inputPanels(0), kept);
    }
    step.table = kept;
  }

  private void gates(RnnStep step, int layer) {
    step.z = buffers.pre(layer);
    step.zh = buffers.recurrent(layer);
    step.bias = buffers.bias(layer);
    step.biasHidden = buffers.biasHidden(layer);
    step.hPrev = buffers.hidden(layer, side);
    step.h = buffers.hidden(layer, 1 - side);
    step.cPrev = buffers.cell(layer, side);
    step.c = buffers.cell(layer, 1 - side);
    step.tanhC = buffers.tanhCells();
    step.forward(shape, spec.cell());
  }

  /** Computes {@code out (count) = w (count, H) · x} from weights in row-major order. */
  private void dots(int count, long w, long x, long out) {
    int depth = shape.units();
    if (blas != null) {
      blas.multiply(false, true, 1, count, depth, 1, x, depth, w, depth, 0, out, count);
    } else {
      Kernels.PRODUCTS.dots(count, depth, w, x, out);
    }
  }

  /** Computes panels {@code [from, to)} of the logits in a buffer, where they are packed. */
  private void outputs(long row, int from, int to, long out) {
    if (from < to) {
      long wide = (long) shape.panelWidth() * Float.BYTES;
      long panel = buffers.outputPanels() + from * numbers.panelBytes(shape.units());
      long start = buffers.outputBias() + from * wide;
      numbers.multiply(to - from, shape.units(), row, panel, start, wide, out + from * wide);
    }
  }

  /** Computes panels {@code [from, to)} of the logits. */
  private void logits(int part, long top, int from, int to) {
    int width = shape.panelWidth();
    int end = Math.min(vocabulary(), to * width);
    int depth = shape.units();
    long logits = buffers.logits();
    int first = from * width;
    if (buffers.packsOutput) {
      outputs(numbers.row(depth, top, convertedRow(part)), from, to, logits);
    } else if (first < end) {
      long rows = model.output().address() + (long) first * depth * Float.BYTES;
      long at = (long) first * Float.BYTES;
      dots(end - first, rows, top, logits + at);
      Kernels.ELEMENTS.axpy(end - first, 1, buffers.outputBias() + at, logits + at);
    }
    for (int i = first; i < end; i++) {
      target[i] = get(logits, i);
    }
  }

  @Override
  public void close() {
    buffers.close();
    converted.close();
    if (bounds != null) {
      bounds.close();
    }
    if (weights != null) {
      weights.close();
    }
    if (byteBounds != null) {
      byteBounds.close();
    }
  }
}
