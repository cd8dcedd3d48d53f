package org.lm4j.backend.cpu.rnn;

import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.job.Jobs;
import org.lm4j.backend.cpu.job.WorkerTeam;
import org.lm4j.backend.cpu.kernel.GateShape;
import org.lm4j.backend.cpu.kernel.Kernels;
import org.lm4j.backend.cpu.panel.Panels;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnTape;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Tensor;

/**
 * The buffers of a recurrent stack for one shape of window; {@link GateShape} defines how gates and
 * cell states lie. A backward pass overwrites the gates with their gradients: it can run once per
 * forward pass.
 */
public final class CpuRnnTape implements RnnTape {
  private static final int LINE = 16; // floats of a cache line

  /** The number of gates that fit into a core's own cache from one kernel to the next. */
  private static final long NEAR_FLOATS = 1 << 17;

  /** The number of gates that fit into the cores' common cache. */
  private static final long FAR_FLOATS = 1 << 20;

  private final RnnSpec spec;
  private final int steps;
  private final int batch;
  private final boolean training;
  private final HostStorage storage;

  /** The number format of this tape's products, unless a library computes them. */
  final Panels numbers;

  private final int chunk;
  private final int backwardChunk;
  private final int keptSteps;

  final GateShape shape;
  final RnnSplit split;

  // Element offsets of layer 0, and from one layer to the next.
  private final long hidden;
  private final long hiddenLayer;
  private final long gates;
  private final long recurrent;
  private final long cells;
  private final long tanhCells;
  private final long inputs;
  private final long gatesLayer;
  private final long cellsLayer;
  private final long tanhLayer;
  private final long inputsLayer;

  // Shared by all layers.
  final long inputPanels; // of W_ih, for the forward pass, then for the backward pass
  final long forwardPanels; // of W_hh
  final long backwardPanels; // of W_hh
  final long bias; // (G·H padded)
  final long biasHidden; // (H padded): GRU's second bias of the n gate
  final long biasGradient; // (G·H padded)
  final long biasHiddenGradient; // (G·H padded): GRU's second
  final long dHidden; // (B, dhStride)
  final long dCell; // (B, cStride)
  final long dDirect; // (B, dhStride): of the GRU, z ⊙ dh
  final long dOutput; // (T, B, H)
  final long plainGates; // (B, G·H): direct products by a library, before they are in their places
  private final long converted; // left sides of each thread's products
  private final long convertedPart;
  private final long scratch; // of each thread that packs
  private final long scratchPart;

  // Of the promise that weights stay.
  long rowsAhead;
  boolean projected; // whether the table holds the products

  // Of the last forward pass.
  boolean ready;
  long x;
  @Nullable Tensor given; // whose address x is
  public RnnInOut.@Nullable Lookup lookup;
  @Nullable RandomKey key;
  int site;

  /** The computation on these buffers. */
  public final CpuRnn rnn;

  private final Jobs jobs;
  private @Nullable RnnTable table;
  private long used;

  public CpuRnnTape(
      RnnSpec spec, int steps, int batch, boolean training, WorkerTeam team, Jobs jobs) {
    this(spec, steps, batch, training, team, jobs, HostStorage::new);
  }

  /**
   * Returns the bytes of a tape, including what it may allocate later: the products of a table that
   * a window looks up, and the sums of gradients that a library computes.
   */
  public static long bytes(
      RnnSpec spec, int steps, int batch, boolean training, WorkerTeam team, Jobs jobs) {
    long[] taken = new long[1];
    LongFunction<HostStorage> nothing =
        bytes -> {
          taken[0] = bytes;
          return new HostStorage(0);
        };
    try (CpuRnnTape tape = new CpuRnnTape(spec, steps, batch, training, team, jobs, nothing)) {
      long products = (long) tape.rows() / 2 * tape.shape.zStride() * Float.BYTES;
      long sums = 0;
      if (training && jobs.engine.mayCall()) {
        int widest = Math.max(spec.inputSize(), spec.hiddenSize());
        sums = ((long) widest + spec.hiddenSize()) * tape.gateWidth() * Float.BYTES;
      }
      return Math.addExact(Math.addExact(taken[0], sums), tape.direct() ? 0 : products);
    }
  }

  private CpuRnnTape( // a shape, and where its memory comes from
      RnnSpec spec,
      int steps,
      int batch,
      boolean training,
      WorkerTeam team,
      Jobs jobs,
      LongFunction<HostStorage> memory) {
    this.spec = spec;
    this.steps = steps;
    this.batch = batch;
    this.training = training;
    this.shape = GateShape.of(spec.hiddenSize(), spec.cell().gates(), Kernels.GATES.lanes());
    this.split = RnnSplit.of(shape, batch, team.size());
    this.numbers = jobs.numbers;
    long rows = Math.multiplyExact(steps, batch);
    long layers = spec.layers();
    boolean gru = spec.cell() == Cell.GRU;
    boolean lstm = spec.cell() == Cell.LSTM;
    long kept = training ? layers : 1; // layers whose gates must outlive their pass
    // Apart from each other threads need not share gates, but the wide weights of one that walks by
    // units are read from the common cache too, as rarely as can be. Backwards, products over many
    // steps gain more than their gates do.
    long near = NEAR_FLOATS * split.ranges().size();
    this.chunk = stepsAtOnce(split.byUnits() ? FAR_FLOATS : near);
    this.backwardChunk = stepsAtOnce(FAR_FLOATS);
    this.keptSteps = training ? steps : chunk;
    long keptRows = (long) keptSteps * batch;

    hiddenLayer = line((rows + batch) * spec.hiddenSize());
    hidden = take(hiddenLayer * layers);
    gatesLayer = line(keptRows * shape.zStride());
    gates = take(gatesLayer * kept);
    recurrent = take(gru ? gatesLayer * kept : (long) batch * shape.zStride());
    cellsLayer = lstm ? line((rows + batch) * shape.cStride()) : 0;
    cells = take(cellsLayer * kept);
    tanhLayer = lstm ? line(keptRows * shape.cStride()) : 0;
    tanhCells = take(tanhLayer * kept);
    boolean drops = training && spec.dropout() > 0;
    inputsLayer = drops ? line(rows * spec.hiddenSize()) : 0;
    inputs = take(inputsLayer * (layers - 1));

    long width = (long) shape.gates() * shape.cStride();
    inputPanels = take(inputPanelsSize());
    forwardPanels = take((long) shape.zStride() * numbers.steps(spec.hiddenSize()));
    bias = take(shape.zStride());
    biasHidden = take(shape.cStride());
    backwardPanels = take(training ? (long) numbers.steps(gateWidth()) * shape.dhStride() : 0);
    biasGradient = take(training ? width : 0);
    biasHiddenGradient = take(training ? width : 0);
    dHidden = take(training ? (long) batch * shape.dhStride() : 0);
    dCell = take(training ? (long) batch * shape.cStride() : 0);
    dDirect = take(training && gru ? (long) batch * shape.dhStride() : 0);
    dOutput = take(training ? rows * spec.hiddenSize() : 0);
    boolean plain = direct() && jobs.engine.all() != null;
    plainGates = take(plain ? (long) batch * spec.hiddenSize() * shape.gates() : 0);
    convertedPart = direct() ? 0 : line(convertedWords());
    converted = take(convertedPart * split.ranges().size());
    int widest = Math.max(spec.inputSize(), spec.hiddenSize());
    scratchPart = direct() ? 0 : line(numbers.scratchWords(widest));
    scratch = take(scratchPart * team.size());
    storage = memory.apply(Math.multiplyExact(used, (long) Float.BYTES));
    this.jobs = jobs;
    rnn = new CpuRnn(team, jobs, this);
  }

  private int stepsAtOnce(long floats) {
    long affordable = Math.max(1, floats / ((long) batch * shape.zStride()));
    long chunks = (steps + affordable - 1) / affordable;
    return (int) ((steps + chunks - 1) / chunks);
  }

  /** Returns the words of one thread's left side: its rows of a chunk, or of a step. */
  private long convertedWords() {
    int rows = split.mostRows();
    int widest = Math.max(spec.inputSize(), spec.hiddenSize());
    long projected = numbers.leftWords((long) chunk * rows, widest);
    return Math.max(projected, training ? numbers.leftWords(rows, gateWidth()) : 0);
  }

  private static long line(long elements) {
    return (elements + LINE - 1) / LINE * LINE;
  }

  private long take(long elements) {
    long at = used;
    used = Math.addExact(used, line(elements));
    return at;
  }

  /**
   * Returns a tape as a tape of this backend.
   *
   * @throws IllegalArgumentException if another backend than that with these jobs made it
   */
  public static CpuRnnTape own(String operation, RnnTape tape, Jobs jobs) {
    if (tape instanceof CpuRnnTape own && own.jobs == jobs) {
      return own;
    }
    throw new IllegalArgumentException(operation + ": the tape belongs to another backend");
  }

  /**
   * Returns the memory for the input weights' products with the rows of a table, {@code (V,
   * zStride)}, and for their gradients, which is allocated at the first call.
   */
  RnnTable table(int vocabulary) {
    if (table == null || table.vocabulary() != vocabulary) {
      if (table != null) {
        table.close();
      }
      table = new RnnTable(vocabulary, shape.zStride());
    }
    return table;
  }

  /** Returns the address of one of the shared buffers. */
  long at(long offset) {
    return storage.address() + offset * Float.BYTES;
  }

  /** Returns the memory of a thread of the recurrence for a converted left side. */
  long converted(int part) {
    return at(converted + part * convertedPart);
  }

  /** Returns the memory of a thread of the team for weights that it packs. */
  long scratch(int part) {
    return at(scratch + part * scratchPart);
  }

  /**
   * Returns the address of a layer's hidden states before step {@code t}, from 0 to T: {@code (B,
   * H)}.
   */
  long hidden(int layer, int t) {
    return at(hidden + layer * hiddenLayer + (long) t * batch * spec.hiddenSize());
  }

  /**
   * Returns the address of {@code (B, zStride)} pre-activations, then gates, then gradients of
   * pre-activations.
   */
  long gates(int layer, int t) {
    return at(gates + kept(layer) * gatesLayer + place(t) * batch * shape.zStride());
  }

  /**
   * Returns the address of the recurrent part of the pre-activations, {@code (B, zStride)}. The
   * GRU's is kept, since its reset gate multiplies it, and becomes its gradient; other cells reuse
   * one buffer for all steps.
   */
  long recurrent(int layer, int t) {
    if (spec.cell() != Cell.GRU) {
      return at(recurrent);
    }
    return at(recurrent + kept(layer) * gatesLayer + place(t) * batch * shape.zStride());
  }

  /** Returns the address of the cell states before step {@code t}, {@code (B, cStride)}. */
  long cells(int layer, int t) {
    return at(cells + kept(layer) * cellsLayer + (long) t * batch * shape.cStride());
  }

  /**
   * Returns the address of the tanh of the cell states after step {@code t}, {@code (B, cStride)}.
   */
  long tanhCells(int layer, int t) {
    return at(tanhCells + kept(layer) * tanhLayer + place(t) * batch * shape.cStride());
  }

  /** Returns the address of a layer's input, {@code (T, B, D or H)}. */
  long input(int layer) {
    if (layer == 0) {
      return x;
    }
    return inputsLayer == 0 ? hidden(layer - 1, 1) : at(inputs + (layer - 1) * inputsLayer);
  }

  /** Returns whether what enters the layers above the first is dropped. */
  boolean dropsInputs() {
    return inputsLayer != 0;
  }

  /**
   * Returns the number of steps to process together, whose gates stay in a cache from one kernel to
   * the next.
   */
  public int chunk() {
    return chunk;
  }

  /** Returns the number of steps that the backward pass processes together. */
  public int backwardChunk() {
    return backwardChunk;
  }

  /**
   * Returns the number of columns of a row of gates that are used: {@code G · H}, padded to whole
   * vectors.
   */
  int gateWidth() {
    return shape.gates() * shape.cStride();
  }

  /** Returns the number of columns of a row of gates, padded to whole panels. */
  int panelWidth() {
    return GateShape.roundUp(gateWidth(), shape.panelWidth());
  }

  /** Returns the larger of what the two passes need, of the wider of the inputs. */
  private long inputPanelsSize() {
    int widest = Math.max(spec.inputSize(), spec.hiddenSize());
    long forward = (long) panelWidth() * numbers.steps(widest);
    long columns = GateShape.roundUp(widest, shape.panelWidth());
    long backward = numbers.steps(gateWidth()) * columns;
    return training ? Math.max(forward, backward) : forward;
  }

  /** Returns the number of rows of a window: {@code T · B}. */
  int rows() {
    return steps * batch;
  }

  /** Returns whether there are too few rows to pay for packing the weights. */
  boolean direct() {
    return !training && rows() < 16;
  }

  /** Returns the place of step {@code t} among those kept: without training only a chunk is. */
  private long place(int t) {
    return t % keptSteps;
  }

  private long kept(int layer) {
    return training ? layer : 0;
  }

  @Override
  public void weightsStay(long ahead) {
    rowsAhead = ahead;
    projected = false;
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
    storage.close();
    rnn.close();
    if (table != null) {
      table.close();
    }
  }
}
