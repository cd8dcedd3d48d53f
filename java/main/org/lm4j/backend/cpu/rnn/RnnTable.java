package org.lm4j.backend.cpu.rnn;

import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.tensor.HostStorage;

/**
 * The input weights of the first layer multiplied by the rows of an embedding table: a window over
 * a small vocabulary looks up its input projection instead of computing it, and adds the gradients
 * of its gates up by token before they meet the weights.
 */
final class RnnTable implements AutoCloseable {
  private final int vocabulary;
  private final HostStorage storage;
  private final long bytes;

  private RnnTable(int vocabulary, int zStride) {
    this.vocabulary = vocabulary;
    this.bytes = (long) vocabulary * zStride * Float.BYTES;
    this.storage = new HostStorage(bytes);
  }

  /** Returns {@code earlier} if it has so many rows; else a new table, and closes that. */
  static RnnTable of(@Nullable RnnTable earlier, int vocabulary, int zStride) {
    if (earlier != null && earlier.vocabulary == vocabulary) {
      return earlier;
    }
    if (earlier != null) {
      earlier.close();
    }
    return new RnnTable(vocabulary, zStride);
  }

  /**
   * Returns the address of {@code (V, zStride)} numbers: the products in the forward pass, their
   * gradients in the backward pass.
   */
  long address() {
    return storage.address();
  }

  /** Zeroes it. */
  void clear() {
    Kernels.ELEMENTS.fill(bytes / Float.BYTES, 0, storage.address());
  }

  @Override
  public void close() {
    storage.close();
  }
}
