package org.lm4j.backend.cpu;

import static org.lm4j.backend.cpu.kernel.PlainMemory.get;
import static org.lm4j.backend.cpu.kernel.PlainMemory.set;
import static org.lm4j.tensor.Memory.ALL;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.lm4j.backend.cpu.kernel.GateShape;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnWeights;
import org.lm4j.compute.TokenModel;
import org.lm4j.tensor.HostStorage;

/**
 * The buffers for reading one sequence token by token: the weights of a language model in panels,
 * packed once, states, pre-activations, logits.
 */
final class TokenBuffers implements AutoCloseable {
  /** The largest table of products of input weights and embedding rows, in floats. */
  private static final long MOST_KEPT = 1 << 20;

  /** The size of a table with the products of some tokens, those seen last, in floats. */
  private static final long SOME_KEPT = 1 << 21;

  private static final int NONE = -1;

  /**
   * The most weights of an output layer that is packed in float32: a larger one costs more time to
   * read than packing saves.
   */
  static final long MOST_PACKED = 1 << 18;

  final GateShape shape;
  final TokenModel model;

  /** Whether the first layer's input projections are kept, of each token seen or of some. */
  final boolean keepsProjections;

  /** Whether the output layer is in panels. */
  final boolean packsOutput;

  /** The numbers that the panels are in. */
  final RowPanels numbers;

  /** Whether weights lie row by row in the order of {@link GateShape}, and not in panels. */
  private final boolean rows;

  private final HostStorage storage;
  private final int layers;
  private final int panelColumns;
  private final int[] known; // the token whose projection is kept at a place
  private long used;

  // Offsets in floats; of layer 0, and from one layer to the next.
  private final long hiddenPanels;
  private final long hiddenPanelsLayer;
  private final long inputPanels;
  private final long upperPanels;
  private final long bias;
  private final long biasHidden;
  private final long pre;
  private final long recurrent;
  private final long states;
  private final long cells;
  private final long tanhCells;
  private final long projections;
  private final long outputPanels;
  private final long outputBias;
  private final long logits;

  /**
   * Allocates the buffers for a model.
   *
   * @param numbers of the panels
   * @param rows whether a library reads the weights: then they lie row by row, in place of panels
   */
  TokenBuffers(TokenModel model, RowPanels numbers, boolean rows) {
    this(model, numbers, rows, false);
  }

  /** Returns buffers in which the output layer is in panels however large it is. */
  static TokenBuffers wholly(TokenModel model, RowPanels numbers) {
    return new TokenBuffers(model, numbers, false, true);
  }

  private TokenBuffers(TokenModel model, RowPanels numbers, boolean rows, boolean wholly) {
    this.model = model;
    this.numbers = numbers;
    this.rows = rows;
    RnnSpec spec = model.spec();
    this.layers = spec.layers();
    this.shape = GateShape.of(spec.hiddenSize(), spec.cell().gates(), Kernels.GATES.lanes());
    int width = shape.panelWidth();
    this.panelColumns = GateShape.roundUp(shape.gates() * shape.cStride(), width);
    int vocabulary = model.vocabulary();
    int kept = kept(vocabulary, wholly);
    keepsProjections = kept > 0;
    boolean small = (long) vocabulary * shape.units() <= MOST_PACKED;
    packsOutput = !rows && (numbers.compact() || small || wholly);
    known = new int[kept];
    Arrays.fill(known, NONE);

    long square = panelFloats(panelColumns, shape.units());
    hiddenPanelsLayer = square;
    hiddenPanels = take(square * layers);
    inputPanels = take(panelFloats(panelColumns, spec.inputSize()));
    upperPanels = take(square * (layers - 1));
    bias = take((long) shape.zStride() * layers);
    biasHidden = take((long) shape.cStride() * layers);
    pre = take((long) shape.zStride() * layers);
    recurrent = take((long) shape.zStride() * layers);
    states = take(2L * shape.dhStride() * layers);
    cells = take(2L * shape.cStride() * layers);
    tanhCells = take(shape.cStride());
    projections = take((long) kept * shape.zStride());
    int outputs = GateShape.roundUp(vocabulary, width);
    outputPanels = take(packsOutput ? panelFloats(outputs, shape.units()) : 0);
    outputBias = take(outputs);
    logits = take(outputs);
    storage = new HostStorage(Math.multiplyExact(used, (long) Float.BYTES));
    pack();
  }

  /**
   * Returns the number of projections that are kept: of all tokens; of some, each in the place of
   * another, for one sequence; none for several, whose tokens may need the same place in one step.
   */
  private int kept(int vocabulary, boolean several) {
    if ((long) vocabulary * shape.zStride() <= MOST_KEPT) {
      return vocabulary;
    }
    return several ? 0 : (int) Math.min(vocabulary, SOME_KEPT / shape.zStride());
  }

  /** Returns the floats that panels of so many columns take the room of. */
  private long panelFloats(int columns, int depth) {
    return rows
        ? (long) columns * depth
        : columns / shape.panelWidth() * numbers.panelBytes(depth) / Float.BYTES;
  }

  private long take(long floats) {
    long at = used;
    used = Math.addExact(used, (floats + 15) / 16 * 16);
    return at;
  }

  private void pack() {
    int width = shape.panelWidth();
    for (int layer = 0; layer < layers; layer++) {
      RnnWeights.Layer part = model.weights().layers().get(layer);
      int size = layer == 0 ? model.spec().inputSize() : shape.units();
      if (rows) {
        inOrder(part.weightIh().address(), size, inputPanels(layer));
        inOrder(part.weightHh().address(), shape.units(), hiddenPanels(layer));
      } else {
        long input = part.weightIh().address();
        numbers.pack(input, size, panelColumns, shape::row, inputPanels(layer));
        long hidden = part.weightHh().address();
        numbers.pack(hidden, shape.units(), panelColumns, shape::row, hiddenPanels(layer));
      }
      packBias(part, layer);
    }
    int vocabulary = model.vocabulary();
    for (int i = 0; i < vocabulary; i++) {
      set(outputBias(), i, get(model.bias().address(), i));
    }
    for (int i = vocabulary; i < GateShape.roundUp(vocabulary, width); i++) {
      set(outputBias(), i, Float.NEGATIVE_INFINITY); // no token, and of no weight
    }
    if (packsOutput) {
      int columns = GateShape.roundUp(vocabulary, width);
      numbers.pack(
          model.output().address(),
          shape.units(),
          columns,
          i -> i < vocabulary ? i : -1,
          outputPanels());
    }
  }

  /** Returns about as many bytes as the weights take that each token reads. */
  long bytes() {
    int units = shape.units();
    long weights = layers * (long) shape.zStride() * 2 * units + (long) model.vocabulary() * units;
    long ofPanel = (long) shape.panelWidth() * units;
    return weights * (rows ? ofPanel * Float.BYTES : numbers.panelBytes(units)) / ofPanel;
  }

  /**
   * Squeezes a thread's share of the panels, see {@link RowPanels#squeeze}.
   *
   * @param output whether the output layer's too
   */
  void squeeze(int part, int parts, boolean output) {
    int columns = panelColumns / shape.panelWidth();
    for (int layer = 0; layer < layers; layer++) {
      int depth = layer == 0 ? model.spec().inputSize() : shape.units();
      squeeze(inputPanels(layer), columns, depth, part, parts);
      squeeze(hiddenPanels(layer), columns, shape.units(), part, parts);
    }
    if (output && packsOutput) {
      int outputs = GateShape.roundUp(model.vocabulary(), shape.panelWidth());
      squeeze(outputPanels(), outputs / shape.panelWidth(), shape.units(), part, parts);
    }
  }

  private void squeeze(long panels, int count, int depth, int part, int parts) {
    for (int p = part; p < count; p += parts) {
      boolean ignored = numbers.squeeze(depth, panels + p * numbers.panelBytes(depth));
    }
  }

  /** Copies rows of {@code k} weights in the order of gates; rows of padding stay zero. */
  private void inOrder(long weight, int k, long target) {
    long bytes = (long) k * Float.BYTES;
    for (int place = 0; place < panelColumns; place++) {
      int row = shape.row(place);
      if (row >= 0) {
        MemorySegment.copy(ALL, weight + row * bytes, ALL, target + place * bytes, bytes);
      }
    }
  }

  /** Adds the two biases, except the GRU's second bias of the n gate, which is kept separately. */
  private void packBias(RnnWeights.Layer part, int layer) {
    boolean gru = model.spec().cell() == Cell.GRU;
    for (int place = 0; place < panelColumns; place++) {
      int row = shape.row(place);
      if (row >= 0) {
        float second = get(part.biasHh().address(), row);
        boolean apart = gru && row >= 2 * shape.units();
        set(bias(layer), place, get(part.biasIh().address(), row) + (apart ? 0 : second));
        if (apart) {
          set(biasHidden(layer), row - 2 * shape.units(), second);
        }
      }
    }
  }

  private long at(long offset) {
    return storage.address() + offset * Float.BYTES;
  }

  /** Returns the address of the panels of {@code W_hhᵀ}, or of the rows of {@code W_hh}. */
  long hiddenPanels(int layer) {
    return at(hiddenPanels + layer * hiddenPanelsLayer);
  }

  /** Returns the address of the panels of {@code W_ihᵀ}, or of the rows of {@code W_ih}. */
  long inputPanels(int layer) {
    return at(layer == 0 ? inputPanels : upperPanels + (layer - 1) * hiddenPanelsLayer);
  }

  /** Returns the address of the bias, a row of pre-activations. */
  long bias(int layer) {
    return at(bias + (long) layer * shape.zStride());
  }

  /** Returns the address of the GRU's second bias of the n gate, a row of cell states. */
  long biasHidden(int layer) {
    return at(biasHidden + (long) layer * shape.cStride());
  }

  /** Returns the input's part of the pre-activations. */
  long pre(int layer) {
    return at(pre + (long) layer * shape.zStride());
  }

  /** Returns the recurrent part. */
  long recurrent(int layer) {
    return at(recurrent + (long) layer * shape.zStride());
  }

  /**
   * Returns the address of a hidden state.
   *
   * @param side 0 or 1, in turn: one is read while the other is written
   */
  long hidden(int layer, int side) {
    return at(states + (2L * layer + side) * shape.dhStride());
  }

  /** Returns the address of a cell state; see {@link #hidden}. */
  long cell(int layer, int side) {
    return at(cells + (2L * layer + side) * shape.cStride());
  }

  /** Returns the address of the tanh of a layer's cell states. */
  long tanhCells() {
    return at(tanhCells);
  }

  /**
   * Returns the address of a token's product with the first layer's input weights, a row of
   * pre-activations.
   */
  long projection(int token) {
    return at(projections + (long) (token % known.length) * shape.zStride());
  }

  /** Returns whether {@link #projection} holds it already. */
  boolean known(int token) {
    return known[token % known.length] == token;
  }

  /** Records that a token's projection is known, if projections are kept. */
  void setKnown(int token) {
    if (keepsProjections) {
      known[token % known.length] = token;
    }
  }

  /** Returns the address of the output layer's panels. */
  long outputPanels() {
    return at(outputPanels);
  }

  /** Returns the address of the output layer's bias, in whole panels. */
  long outputBias() {
    return at(outputBias);
  }

  /** Returns the address of the logits, in whole panels. */
  long logits() {
    return at(logits);
  }

  /** Zeroes the states. */
  void reset() {
    Kernels.ELEMENTS.fill(2L * shape.dhStride() * layers, 0, at(states));
    Kernels.ELEMENTS.fill(2L * shape.cStride() * layers, 0, at(cells));
  }

  @Override
  public void close() {
    storage.close();
  }
}
