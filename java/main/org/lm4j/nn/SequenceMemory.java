package org.lm4j.nn;

import org.lm4j.compute.Backend;
import org.lm4j.tensor.Tensor;

/**
 * Rearranges the time-major outputs of an encoder into the memory for attention, sequence by
 * sequence, and the gradient back. It is implemented by the backend's table lookup, which moves
 * rows.
 */
public final class SequenceMemory implements AutoCloseable {
  private final Backend backend;
  private final Tensor placesInTime; // I32 (B·K·T): of each row of the memory, that of the outputs
  private final Tensor placesInMemory; // I32 (T·B): the way back; with K > 1 to the first copy

  /**
   * Creates a layer for sequences of one shape.
   *
   * @param steps {@code T}
   * @param batch {@code B}
   * @param copies {@code K}: each sequence becomes that many memories, one after the other
   */
  public SequenceMemory(Backend backend, int steps, int batch, int copies) {
    this.backend = backend;
    int rows = Math.multiplyExact(steps, batch);
    int[] inTime = new int[Math.multiplyExact(rows, copies)];
    int[] inMemory = new int[rows];
    for (int row = 0; row < inTime.length; row++) {
      int b = row / steps / copies;
      int t = row % steps;
      inTime[row] = t * batch + b;
    }
    for (int row = 0; row < rows; row++) {
      inMemory[row] = row % batch * copies * steps + row / batch;
    }
    this.placesInTime = backend.allocateIds(inTime.length);
    this.placesInMemory = backend.allocateIds(rows);
    backend.upload(inTime, 0, inTime.length, placesInTime);
    backend.upload(inMemory, 0, rows, placesInMemory);
  }

  /**
   * Computes {@code memory[b·K + k, t] = outputs[t, b]}.
   *
   * @param outputs {@code (T, B, W)}
   * @param memory {@code (B·K, T, W)}; overwritten
   */
  public void forward(Tensor outputs, Tensor memory) {
    backend.embed(TemporalAffine.rows(outputs), placesInTime, TemporalAffine.rows(memory));
  }

  /**
   * Computes the backward pass, for one copy.
   *
   * @param dMemory {@code (B, T, W)}
   * @param dOutputs {@code (T, B, W)}; overwritten
   */
  public void backward(Tensor dMemory, Tensor dOutputs) {
    backend.embed(TemporalAffine.rows(dMemory), placesInMemory, TemporalAffine.rows(dOutputs));
  }

  @Override
  public void close() {
    placesInTime.storage().close();
    placesInMemory.storage().close();
  }
}
