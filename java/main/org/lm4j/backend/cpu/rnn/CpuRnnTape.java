package org.lm4j.backend.cpu.rnn;

import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.job.Jobs;
import org.lm4j.backend.cpu.job.WorkerTeam;
import org.lm4j.backend.cpu.kernel.GateShape;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
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
  private final int hiddenSteps; // whose hidden states are kept; fewer than all if pairs suffice
  private final int cellSteps; // whose cell states are kept

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

  // Of the layer at hand, see packed().
  final long inputPanels; // of W_ih, for the forward pass, then for the backward pass
  final long forwardPanels; // of W_hh
  final long bias; // (G·H padded)
  final long biasHidden; // (H padded): GRU's second bias of the n gate
  private final long packedFloats; // of these four

  // Shared by all layers.
  final long backwardPanels; // of W_hh
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

  /** The hidden states as products take them; null if each product converts its own. */
  final @Nullable StatePairs pairs;

  // Of the promise that weights stay.
  long rowsAhead;
  boolean projected; // whether the table holds the products
  final PackedLayers packed;

  // Of the last forward pass.
  boolean ready;
  long x;
  private long output; // of the last layer, (T, B, H); 0 for the tape's own memory
  @Nullable Tensor given; // whose address x is

  /** Where the input of the last forward pass was looked up; null if it was given. */
  public RnnInOut.@Nullable Lookup lookup;

  @Nullable RandomKey key;
  int site;

  /** The computation on these buffers. */
  public final CpuRnn rnn;

  private final Jobs jobs;
  private @Nullable RnnTable table;
  private long used;

  /** Allocates the memory of windows of {@code steps} by {@code batch}. */
  public CpuRnnTape(
      RnnSpec spec, int steps, int batch, boolean training, WorkerTeam team, Jobs jobs) {
    this(spec, steps, batch, training, team, jobs, HostStorage::new);
  }

  CpuRnnTape( // a shape, and where its memory comes from
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
    this.numbers = jobs.numbers;
    boolean packs = !direct() && jobs.engine.all() == null;
    long panelFloats = (long) shape.zStride() * numbers.steps(spec.hiddenSize());
    long streamed = packs ? panelFloats * Float.BYTES : Long.MAX_VALUE;
    RnnSplit usual = RnnSplit.of(shape, batch, team.size(), streamed);
    boolean converts = keeps() && packs && numbers.converts();
    this.split = converts && usual.byUnits() ? usual.inHalves(shape, batch) : usual;
    boolean shares = converts && split.hasWholePairs();
    long rows = Math.multiplyExact(steps, batch);
    long layers = spec.layers();
    boolean gru = spec.cell() == Cell.GRU;
    boolean lstm = spec.cell() == Cell.LSTM;
    long kept = training ? layers : 1; // layers whose gates must outlive their pass
    this.chunk = split.stepsAtOnce(steps, (long) batch * shape.zStride());
    this.backwardChunk = RnnSplit.farStepsAtOnce(steps, (long) batch * shape.zStride());
    this.keptSteps = training ? steps : chunk;
    long keptRows = (long) keptSteps * batch;

    boolean briefly = shares && split.ranges().size() == team.size() && !jobs.engine.mayCall();
    this.hiddenSteps = briefly ? 2 : steps + 1;
    this.cellSteps = training ? steps + 1 : 2;
    hiddenLayer = line((long) hiddenSteps * batch * spec.hiddenSize());
    long last = training ? hiddenLayer : line((long) batch * spec.hiddenSize());
    hidden = take(hiddenLayer * (layers - 1) + last);
    gatesLayer = line(keptRows * shape.zStride());
    gates = take(gatesLayer * kept);
    recurrent = take(gru ? gatesLayer * kept : (long) batch * shape.zStride());
    cellsLayer = lstm ? line((long) cellSteps * batch * shape.cStride()) : 0;
    cells = take(cellsLayer * kept);
    tanhLayer = lstm ? line(keptRows * shape.cStride()) : 0;
    tanhCells = take(tanhLayer * kept);
    inputsLayer = training && spec.dropout() > 0 ? line(rows * spec.hiddenSize()) : 0;
    inputs = take(inputsLayer * (layers - 1));

    inputPanels = take(inputPanelsSize());
    forwardPanels = take(panelFloats);
    bias = take(shape.zStride());
    biasHidden = take(shape.cStride());
    packedFloats = used - inputPanels;
    backwardPanels =
        take(training ? (long) numbers.steps(shape.gateWidth()) * shape.dhStride() : 0);
    biasGradient = take(training ? shape.gateWidth() : 0);
    biasHiddenGradient = take(training ? shape.gateWidth() : 0);
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
    packed = new PackedLayers((int) layers, packedFloats);
    storage = memory.apply(Math.multiplyExact(used, (long) Float.BYTES));
    pairs = shares ? new StatePairs(memory, numbers, steps, batch, spec.hiddenSize()) : null;
    this.jobs = jobs;
    rnn = new CpuRnn(team, jobs, this);
  }

  /** Returns the words of one thread's left side: its rows of a chunk, or of a step. */
  private long convertedWords() {
    int rows = split.mostRows();
    int widest = Math.max(spec.inputSize(), spec.hiddenSize());
    long projected = numbers.leftWords((long) chunk * rows, widest);
    return Math.max(projected, training ? numbers.leftWords(rows, shape.gateWidth()) : 0);
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
    table = RnnTable.of(table, vocabulary, shape.zStride());
    return table;
  }

  /** Returns the address of one of the shared buffers. */
  long at(long offset) {
    return storage.address() + offset * Float.BYTES;
  }

  /**
   * Returns the address of one of the buffers of packed weights: those of all layers in turn, or
   * those of the layer {@linkplain #lacksPacked begun} last, if they are kept.
   */
  long packed(long offset) {
    long kept = packed.address();
    return kept == 0 ? at(offset) : kept + (offset - inputPanels) * Float.BYTES;
  }

  /**
   * Begins work with the weights of a layer: those packed earlier, if {@link #weightsStay} promised
   * that they have not changed since.
   *
   * @param byLibrary whether the input weights are laid out for a library
   * @return whether they are still to be packed
   */
  boolean lacksPacked(int layer, boolean byLibrary) {
    return packed.begin(layer, byLibrary, keeps() && rowsAhead > rows());
  }

  /** Returns whether packed weights can be kept from window to window. */
  boolean keeps() {
    return !training && !direct();
  }

  /** Returns the memory of a thread of the recurrence for a converted left side. */
  long converted(int part) {
    return at(converted + part * convertedPart);
  }

  /** Returns the memory of a thread of the team for weights that it packs. */
  long scratch(int part) {
    return at(scratch + part * scratchPart);
  }

  /** Returns the address of a layer's hidden states {@code (B, H)} before step t, from 0 to T. */
  long hidden(int layer, int t) {
    long step = (long) batch * spec.hiddenSize();
    if (output != 0 && t > 0 && layer == spec.layers() - 1) {
      return output + (t - 1) * step * Float.BYTES;
    }
    return at(hidden + layer * hiddenLayer + t % hiddenSteps * step);
  }

  /**
   * Sets where the last layer's hidden states are written, {@code (T, B, H)}, unless training reads
   * them in the tape later.
   */
  void writeTo(long y) {
    output = training ? 0 : y;
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
    return spec.cell() == Cell.GRU
        ? at(recurrent + kept(layer) * gatesLayer + place(t) * batch * shape.zStride())
        : at(recurrent);
  }

  /** Returns the address of the cell states before step {@code t}, {@code (B, cStride)}. */
  long cells(int layer, int t) {
    return at(cells + kept(layer) * cellsLayer + (long) (t % cellSteps) * batch * shape.cStride());
  }

  /** Returns the address of tanh of the cell states after step {@code t}, {@code (B, cStride)}. */
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

  /** Returns the number of steps to process together, see {@link RnnSplit#stepsAtOnce}. */
  public int chunk() {
    return chunk;
  }

  /** Returns the number of steps that the backward pass processes together. */
  public int backwardChunk() {
    return backwardChunk;
  }

  /** Returns the larger of what the two passes need, of the wider of the inputs. */
  private long inputPanelsSize() {
    int widest = Math.max(spec.inputSize(), spec.hiddenSize());
    long forward = (long) shape.panelledWidth() * numbers.steps(widest);
    long columns = GateShape.roundUp(widest, shape.panelWidth());
    long backward = numbers.steps(shape.gateWidth()) * columns;
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
    packed.forget();
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
    packed.close();
    if (pairs != null) {
      pairs.close();
    }
    rnn.close();
    if (table != null) {
      table.close();
    }
  }
}
