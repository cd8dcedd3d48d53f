package org.lm4j.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import org.lm4j.backend.cpu.kernel.GateShape;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Memory;

/**
 * The states, pre-activations and logits of sequences that are read side by side, row after row.
 * There are two states of each layer in turn: one is read while the other is written.
 */
final class BatchBuffers implements AutoCloseable {
  private final GateShape shape;
  private final int layers;
  private final int rows;
  private final int outputs;
  private final HostStorage storage;
  private long used;

  // Offsets in floats.
  private final long states;
  private final long cells;
  private final long tanhCells;
  private final long pre;
  private final long recurrent;
  private final long logits;

  /**
   * Allocates zeroed buffers.
   *
   * @param rows most sequences
   * @param panels of the output layer
   */
  BatchBuffers(GateShape shape, int layers, int rows, int panels) {
    this.shape = shape;
    this.layers = layers;
    this.rows = rows;
    this.outputs = panels * shape.panelWidth();
    long hidden = (long) rows * shape.units();
    long cell = (long) rows * shape.cStride();
    long gates = (long) rows * shape.zStride();
    states = take(2L * layers * hidden);
    cells = take(2L * layers * cell);
    tanhCells = take(cell);
    pre = take(layers * gates);
    recurrent = take(layers * gates);
    logits = take((long) rows * outputs);
    storage = new HostStorage(Math.multiplyExact(used, (long) Float.BYTES));
  }

  private long take(long floats) {
    long at = used;
    used = Math.addExact(used, (floats + 15) / 16 * 16);
    return at;
  }

  private long at(long offset) {
    return storage.address() + offset * Float.BYTES;
  }

  /** Returns the address of a sequence's hidden state; rows follow each other. */
  long hidden(int layer, int side, int row) {
    return at(states + ((2L * layer + side) * rows + row) * shape.units());
  }

  /** Returns the address of a sequence's cell state; rows follow each other. */
  long cell(int layer, int side, int row) {
    return at(cells + ((2L * layer + side) * rows + row) * shape.cStride());
  }

  /** Returns the address of the tanh of a layer's cell states. */
  long tanhCells() {
    return at(tanhCells);
  }

  /** Returns the address of the input's part of a layer's pre-activations. */
  long pre(int layer) {
    return at(pre + (long) layer * rows * shape.zStride());
  }

  /** Returns the address of the recurrent part. */
  long recurrent(int layer) {
    return at(recurrent + (long) layer * rows * shape.zStride());
  }

  /** Returns the bytes from one row of pre-activations to the next. */
  long gateBytes() {
    return (long) shape.zStride() * Float.BYTES;
  }

  /** Returns the address of the logits, in whole panels. */
  long logits() {
    return at(logits);
  }

  /** Returns the bytes from one row of logits to the next. */
  long logitBytes() {
    return (long) outputs * Float.BYTES;
  }

  private int hiddenBytes() {
    return shape.units() * Float.BYTES;
  }

  private int cellBytes() {
    return shape.cStride() * Float.BYTES;
  }

  /** Returns a copy of a sequence's state. */
  byte[] state(int side, int row) {
    byte[] state = new byte[layers * (hiddenBytes() + cellBytes())];
    int to = 0;
    for (int layer = 0; layer < layers; layer++) {
      MemorySegment.copy(Memory.ALL, JAVA_BYTE, hidden(layer, side, row), state, to, hiddenBytes());
      to += hiddenBytes();
      MemorySegment.copy(Memory.ALL, JAVA_BYTE, cell(layer, side, row), state, to, cellBytes());
      to += cellBytes();
    }
    return state;
  }

  /**
   * Sets a sequence's state.
   *
   * @throws IllegalArgumentException if it is of another size
   */
  void restore(int side, int row, byte[] state) {
    int size = layers * (hiddenBytes() + cellBytes());
    if (state.length != size) {
      throw new IllegalArgumentException(
          "a state of %d bytes, not %d".formatted(state.length, size));
    }
    int from = 0;
    for (int layer = 0; layer < layers; layer++) {
      MemorySegment.copy(
          state, from, Memory.ALL, JAVA_BYTE, hidden(layer, side, row), hiddenBytes());
      from += hiddenBytes();
      MemorySegment.copy(state, from, Memory.ALL, JAVA_BYTE, cell(layer, side, row), cellBytes());
      from += cellBytes();
    }
  }

  /** Zeroes a sequence's state. */
  void clear(int side, int row) {
    restore(side, row, new byte[layers * (hiddenBytes() + cellBytes())]);
  }

  @Override
  public void close() {
    storage.close();
  }
}
