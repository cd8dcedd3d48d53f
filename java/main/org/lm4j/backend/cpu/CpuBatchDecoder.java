package org.lm4j.backend.cpu;

import static org.lm4j.backend.cpu.kernel.PlainMemory.get;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.job.WorkerTeam;
import org.lm4j.backend.cpu.kernel.GateRange;
import org.lm4j.backend.cpu.kernel.GateShape;
import org.lm4j.backend.cpu.kernel.ProductKernels;
import org.lm4j.backend.cpu.rnn.RnnSplit;
import org.lm4j.backend.cpu.rnn.RnnStep;
import org.lm4j.compute.BatchDecoder;
import org.lm4j.compute.DecoderChecks;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.TokenModel;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Memory;

/**
 * Reads tokens of many sequences with weights in panels: each panel is read once for all sequences.
 * One run of the team takes a token of each through all layers to the logits; each thread computes
 * its share of the units and of the vocabulary.
 *
 * <p>A tile computes each row of a product by the same sums whatever rows are beside it, so the
 * numbers of a sequence do not depend on the others; where the output layer of a {@link CpuDecoder}
 * is packed, they are that decoder's.
 */
final class CpuBatchDecoder implements BatchDecoder, WorkerTeam.Task {
  /**
   * Products of a step, multiply-adds, that are worth another thread: some ten microseconds. Below
   * that a helper that waits at barriers takes more of its processor than it saves, and the threads
   * of a server's connections need that.
   */
  private static final long WORTH_SHARING = 1 << 23;

  private static final int ROWS_OF_A_PASS = 8; // whose products take as long as reading the weights

  private static final int APART = 128; // bytes, so that threads do not write to one cache line

  private final WorkerTeam team;
  private final RnnSpec spec;
  private final TokenModel model;
  private final TokenBuffers weights;
  private final BatchBuffers rows;
  private final RowPanels numbers;
  private final GateShape shape;
  private final RnnStep[][] steps; // by the number of sequences, made when first needed
  private final int most; // parts of a step
  private final long work; // of a row, in multiply-adds
  private final HostStorage converted; // the left side of a product, for each thread
  private final long convertedBytes;

  private int side; // of the states that are read
  private int count;
  private int[] tokens = {};
  private double[] @Nullable [] targets = {};
  private final int[] wanted; // the sequences whose logits are wanted
  private int wantedCount;

  /**
   * Creates a decoder.
   *
   * @param numbers in which products are computed
   * @param rows most sequences
   */
  CpuBatchDecoder(WorkerTeam team, RowPanels numbers, TokenModel model, int rows) {
    this.team = team;
    this.numbers = numbers;
    this.model = model;
    this.spec = model.spec();
    this.weights = TokenBuffers.wholly(model, numbers);
    this.shape = weights.shape;
    this.rows = new BatchBuffers(shape, spec.layers(), rows, panels());
    this.steps = new RnnStep[rows + 1][];
    this.wanted = new int[rows];
    long recurrent = spec.layers() * (long) shape.zStride() * 2 * shape.units();
    this.work = recurrent + (long) model.vocabulary() * shape.units();
    this.most = Math.min(team.size(), Math.max(RnnSplit.decodingGroups(shape), panels()));
    int depth = Math.max(shape.units(), spec.inputSize());
    this.convertedBytes = (numbers.convertedBytes(depth) * rows + APART - 1) / APART * APART;
    this.converted = new HostStorage(most * convertedBytes);
  }

  /** Returns into how many parts a step of so many sequences is divided. */
  private int parts(int active) {
    return (int) Math.min(most, work * (active + ROWS_OF_A_PASS) / WORTH_SHARING + 1);
  }

  /** Returns the number of panels of the output layer. */
  private int panels() {
    return GateShape.roundUp(vocabulary(), shape.panelWidth()) / shape.panelWidth();
  }

  @Override
  public int rows() {
    return steps.length - 1;
  }

  @Override
  public int vocabulary() {
    return model.vocabulary();
  }

  @Override
  public int units() {
    return shape.units();
  }

  @Override
  public void clear(int row) {
    Objects.checkIndex(row, rows());
    rows.clear(side, row);
  }

  @Override
  public void copy(int from, int to) {
    Objects.checkIndex(from, rows());
    Objects.checkIndex(to, rows());
    rows.restore(side, to, rows.state(side, from));
  }

  @Override
  public byte[] state(int row) {
    Objects.checkIndex(row, rows());
    return rows.state(side, row);
  }

  @Override
  public void restore(int row, byte[] state) {
    Objects.checkIndex(row, rows());
    rows.restore(side, row, state);
  }

  @Override
  public void hidden(int row, double[] target) {
    Objects.checkIndex(row, rows());
    if (target.length != units()) {
      throw new IllegalArgumentException(target.length + " numbers for " + units() + " units");
    }
    long at = rows.hidden(spec.layers() - 1, side, row);
    for (int i = 0; i < target.length; i++) {
      target[i] = get(at, i);
    }
  }

  @Override
  public void read(int active, int[] ids, double[] @Nullable [] logits) {
    DecoderChecks.batch(active, rows(), ids, logits, vocabulary());
    count = active;
    tokens = ids;
    targets = logits;
    wantedCount = 0;
    for (int row = 0; row < active; row++) {
      if (logits[row] != null) {
        wanted[wantedCount++] = row;
      }
    }
    int parts = parts(active);
    if (steps[active] == null) {
      steps[active] = RnnStep.forDecoding(RnnSplit.forDecoding(shape, active, parts));
    }
    team.run(parts, this);
    if (weights.keepsProjections) {
      for (int row = 0; row < active; row++) {
        weights.setKnown(ids[row]);
      }
    }
    side = 1 - side;
    targets = new double[0][];
  }

  @Override
  public void run(int part, int all) {
    RnnStep step = steps[count][part];
    int layers = spec.layers();
    for (int layer = 0; layer < layers; layer++) {
      long h = rows.hidden(layer, side, 0);
      unitProduct(part, shape.units(), h, weights.hiddenPanels(layer), rows.recurrent(layer));
    }
    for (int layer = 0; layer < layers; layer++) {
      if (layer == 0) {
        projectTokens(part);
      } else {
        long below = rows.hidden(layer - 1, 1 - side, 0);
        unitProduct(part, shape.units(), below, weights.inputPanels(layer), rows.pre(layer));
      }
      gates(step, layer);
      team.barrier(all);
    }
    int from = (int) ((long) panels() * part / all);
    int to = (int) ((long) panels() * (part + 1) / all);
    if (wantedCount > 0 && from < to) {
      logits(part, from, to);
    }
  }

  /** Computes the products of all active rows with a thread's share of the units' panels. */
  private void unitProduct(int part, int depth, long x, long panels, long out) {
    GateRange range = steps[count][part].range;
    long left = left(part, depth, x);
    int end = shape.panelEnd(range.vectorEnd());
    product(count, depth, left, panels, shape.panel(range.vector()), end, out);
  }

  /** Converts the active rows for a product, in the memory of this thread. */
  private long left(int part, int depth, long x) {
    long buffer = converted.address() + part * convertedBytes;
    return numbers.rows(count, depth, x, (long) depth * Float.BYTES, buffer);
  }

  private void product( // a geometry of two sides and a range of panels
      int lines, int depth, long left, long panels, int from, int to, long out) {
    long rowBytes = numbers.convertedBytes(depth);
    long panelBytes = numbers.panelBytes(depth);
    long zeros = ProductKernels.ZEROS.address();
    long wide = (long) shape.panelWidth() * Float.BYTES;
    for (int p = from; p < to; p++) {
      long panel = panels + p * panelBytes;
      numbers.multiply(
          lines, depth, left, rowBytes, panel, zeros, out + p * wide, rows.gateBytes());
    }
  }

  /** Writes the first layer's input projections, of the tokens seen before by copying. */
  private void projectTokens(int part) {
    GateRange range = steps[count][part].range;
    int depth = spec.inputSize();
    long rowBytes = (long) depth * Float.BYTES;
    int from = shape.panel(range.vector());
    int to = shape.panelEnd(range.vectorEnd());
    int lane = shape.lanes() * shape.gates();
    long first = (long) range.vector() * lane * Float.BYTES;
    long bytes = (long) (range.vectorEnd() - range.vector()) * lane * Float.BYTES;
    long buffer = converted.address() + part * convertedBytes;
    for (int row = 0; row < count; row++) {
      long target = rows.pre(0) + row * rows.gateBytes();
      boolean kept = weights.keepsProjections;
      long out = kept ? weights.projection(tokens[row]) : target;
      if (!kept || !weights.known(tokens[row])) {
        long x = model.table().address() + tokens[row] * rowBytes;
        long left = numbers.rows(1, depth, x, rowBytes, buffer);
        product(1, depth, left, weights.inputPanels(0), from, to, out);
      }
      if (kept) {
        MemorySegment.copy(Memory.ALL, out + first, Memory.ALL, target + first, bytes);
      }
    }
  }

  private void gates(RnnStep step, int layer) {
    step.z = rows.pre(layer);
    step.zh = rows.recurrent(layer);
    step.bias = weights.bias(layer);
    step.biasHidden = weights.biasHidden(layer);
    step.hPrev = rows.hidden(layer, side, 0);
    step.h = rows.hidden(layer, 1 - side, 0);
    step.cPrev = rows.cell(layer, side, 0);
    step.c = rows.cell(layer, 1 - side, 0);
    step.tanhC = rows.tanhCells();
    step.forward(shape, spec.cell());
  }

  /** Computes panels {@code [from, to)} of the logits of the sequences that want them. */
  private void logits(int part, int from, int to) {
    int depth = shape.units();
    long buffer = converted.address() + part * convertedBytes;
    long rowBytes = numbers.convertedBytes(depth);
    boolean converts = numbers.compact();
    long bytes = (long) depth * Float.BYTES;
    for (int i = 0; i < wantedCount; i++) { // side by side, also where they are not converted
      long top = rows.hidden(spec.layers() - 1, 1 - side, wanted[i]);
      long target = buffer + i * rowBytes;
      if (converts) {
        numbers.rows(1, depth, top, bytes, target);
      } else {
        MemorySegment.copy(Memory.ALL, top, Memory.ALL, target, bytes);
      }
    }
    long wide = (long) shape.panelWidth() * Float.BYTES;
    long panelBytes = numbers.panelBytes(depth);
    for (int p = from; p < to; p++) {
      long panel = weights.outputPanels() + p * panelBytes;
      long start = weights.outputBias() + p * wide;
      long out = rows.logits() + p * wide;
      numbers.multiply(wantedCount, depth, buffer, rowBytes, panel, start, out, rows.logitBytes());
    }
    int first = from * shape.panelWidth();
    int end = Math.min(vocabulary(), to * shape.panelWidth());
    for (int i = 0; i < wantedCount; i++) {
      double[] target = Objects.requireNonNull(targets[wanted[i]]);
      long at = rows.logits() + i * rows.logitBytes();
      for (int v = first; v < end; v++) {
        target[v] = Memory.ALL.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at + (long) v * Float.BYTES);
      }
    }
  }

  @Override
  public void close() {
    weights.close();
    rows.close();
    converted.close();
  }
}
