package org.lm4j.backend.cpu.rnn;

import java.util.function.LongFunction;
import org.lm4j.backend.cpu.kernel.GateRange;
import org.lm4j.backend.cpu.kernel.GateShape;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.backend.cpu.panel.Panels;
import org.lm4j.tensor.HostStorage;

/**
 * Hidden states as products take them, where these convert their left side: each is converted once,
 * by the thread that computes it, for the next step and for the layer above. Two layers have memory
 * in turn, so that a layer's states last until the layer above is done.
 */
final class StatePairs implements AutoCloseable {
  private final Panels numbers;
  private final int units;
  private final HostStorage storage;
  private final long rowBytes;
  private final long stepBytes;
  private final long layerBytes;

  StatePairs(
      LongFunction<HostStorage> memory, Panels numbers, int steps, int batch, int hiddenSize) {
    this.numbers = numbers;
    this.units = hiddenSize;
    this.rowBytes = numbers.rowBytes(units, (long) units * Float.BYTES);
    this.stepBytes = batch * rowBytes;
    this.layerBytes = Math.multiplyExact(steps + 1L, stepBytes);
    this.storage = memory.apply(Math.multiplyExact(2, layerBytes));
  }

  /** Returns the distance from one row to the next. */
  long rowBytes() {
    return rowBytes;
  }

  /** Returns the address of a row of a layer's states before step {@code t}, from 0 to T. */
  long at(int layer, int t, int row) {
    return storage.address() + layer % 2 * layerBytes + t * stepBytes + row * rowBytes;
  }

  /**
   * Converts the states of a range before step {@code t}: of all units, or of a part of the lower
   * half and the same part of the upper one.
   *
   * @param states address of all rows of the step, {@code (B, H)}
   */
  void convert(GateShape shape, GateRange r, int layer, int t, long states) {
    long strideBytes = (long) units * Float.BYTES;
    long from = states + r.row() * strideBytes;
    long to = at(layer, t, r.row());
    if (r.vectorEnd() - r.vector() == shape.vectors()) {
      numbers.left(r.rows(), units, from, strideBytes, to);
      return;
    }
    long at = (long) r.vector() * shape.lanes() * Float.BYTES;
    int width = (r.vectorEnd() - r.vector()) * shape.lanes();
    long low = from + at;
    long high = low + strideBytes / 2;
    Kernels.bf16().pairs(r.rows(), width, width, low, high, strideBytes, to + at, rowBytes);
  }

  @Override
  public void close() {
    storage.close();
  }
}
