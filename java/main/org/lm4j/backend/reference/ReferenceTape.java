package org.lm4j.backend.reference;

import org.jspecify.annotations.Nullable;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnTape;
import org.lm4j.tensor.HostStorage;

/** Every state of every layer at every step, the gates, and scratch space for gradients. */
final class ReferenceTape implements RnnTape {
  private final RnnSpec spec;
  private final int steps;
  private final int batch;
  private final boolean training;
  private final int savedBlocks;
  private final HostStorage storage;
  private final long sequence; // elements of one (T, B, H)
  private final long states; // elements of one (T + 1, B, H)
  private final long layerSize; // elements one layer occupies

  final CellStep step;
  @Nullable RnnInOut inOut; // of the last forward pass
  @Nullable RandomKey key;
  int site;

  /** Bytes of a tape. */
  static long bytes(RnnSpec spec, int steps, int batch, boolean training, int savedBlocks) {
    long states = Math.multiplyExact((long) batch, spec.hiddenSize());
    long sequence = Math.multiplyExact(steps, states);
    long layer = 3 * sequence + 2 * states + (training ? savedBlocks * sequence : 0);
    long gradients = training ? sequence + 2 * states : 0;
    long elements = Math.addExact(Math.multiplyExact(layer, spec.layers()), gradients);
    return Math.multiplyExact(elements, (long) Doubles.BYTES);
  }

  ReferenceTape(RnnSpec spec, int steps, int batch, boolean training, int savedBlocks) {
    this.spec = spec;
    this.steps = steps;
    this.batch = batch;
    this.training = training;
    this.savedBlocks = savedBlocks;
    long rows = Math.multiplyExact((long) steps, batch);
    this.sequence = Math.multiplyExact(rows, spec.hiddenSize());
    this.states = sequence + (long) batch * spec.hiddenSize();
    this.layerSize = sequence + 2 * states + (training ? savedBlocks * sequence : 0);
    this.storage = new HostStorage(bytes(spec, steps, batch, training, savedBlocks));
    this.step = new CellStep(spec.hiddenSize(), spec.cell().gates(), savedBlocks);
  }

  /** {@code (D or H)}: input of a layer above the first, dropped out already. */
  long input(int layer, int t, int b) {
    return at(layer, row(t, b));
  }

  /** {@code (H)}: hidden state before step {@code t}, {@code t} from 0 to T. */
  long hidden(int layer, int t, int b) {
    return at(layer, sequence + row(t, b));
  }

  /** {@code (H)}: cell state before step {@code t}. */
  long cell(int layer, int t, int b) {
    return at(layer, sequence + states + row(t, b));
  }

  /** {@code (S·H)}: what the cell saved at step {@code t}. */
  long saved(int layer, int t, int b) {
    return at(layer, sequence + 2 * states + savedBlocks * row(t, b));
  }

  /** {@code (H)}: gradient of the output of the layer that is being worked on. */
  long dOutput(int t, int b) {
    return at(spec.layers(), row(t, b));
  }

  /** {@code (H)}: gradient of the hidden state, carried from step to step. */
  long dHidden(int b) {
    return at(spec.layers(), sequence + row(0, b));
  }

  /** {@code (H)}: gradient of the cell state, carried from step to step. */
  long dCell(int b) {
    return at(spec.layers(), sequence + row(1, b));
  }

  private long row(int t, int b) {
    return ((long) t * batch + b) * spec.hiddenSize();
  }

  private long at(int layer, long element) {
    return storage.address() + (layer * layerSize + element) * Doubles.BYTES;
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
  }
}
