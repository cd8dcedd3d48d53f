package org.lm4j.backend.cpu.rnn;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.lm4j.tensor.HostStorage;

/**
 * Memory for the packed weights of every layer, which is allocated when weights are first kept from
 * one window to the next.
 */
final class PackedLayers implements AutoCloseable {
  /** What a layer's memory holds. */
  private enum Content {
    NOTHING,
    FOR_KERNELS,
    FOR_LIBRARY
  }

  private final Content[] contents;
  private final long layerBytes;
  private @Nullable HostStorage storage;
  private long address;

  /**
   * Creates the memory, which is empty.
   *
   * @param layerFloats of each layer
   */
  PackedLayers(int layers, long layerFloats) {
    contents = new Content[layers];
    layerBytes = layerFloats * Float.BYTES;
    forget();
  }

  /** Returns the bytes that it may allocate. */
  long bytes() {
    return Math.multiplyExact(layerBytes, contents.length);
  }

  /** Returns where the weights of the current layer lie; 0 if they are not kept. */
  long address() {
    return address;
  }

  /**
   * Makes a layer the current one.
   *
   * @param byLibrary whether its input weights are laid out for a library
   * @param keeps whether its weights are kept from now on
   * @return whether its weights are to be packed; the caller does it before the next call
   */
  boolean begin(int layer, boolean byLibrary, boolean keeps) {
    if (!keeps) {
      address = 0;
      return true;
    }
    if (storage == null) {
      storage = new HostStorage(bytes());
    }
    address = storage.address() + layer * layerBytes;
    Content wanted = byLibrary ? Content.FOR_LIBRARY : Content.FOR_KERNELS;
    boolean lacks = contents[layer] != wanted;
    contents[layer] = wanted;
    return lacks;
  }

  /** Ends the promise that weights are as they were packed. */
  void forget() {
    Arrays.fill(contents, Content.NOTHING);
  }

  @Override
  public void close() {
    if (storage != null) {
      storage.close();
    }
  }
}
