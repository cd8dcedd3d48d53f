package org.lm4j.tensor;

/**
 * A block of memory outside the Java heap, on the host or on a device. It is valid until its owner
 * closes it; afterwards every use of a tensor over it throws.
 */
public interface Storage extends AutoCloseable {
  /** The message for memory that is used after its owner closed it. */
  String CLOSED = "the memory of this tensor is closed";

  /**
   * Returns the address of the first byte: a host address or a device address.
   *
   * @throws IllegalStateException if the storage is closed
   */
  long address();

  /** Returns the length in bytes. */
  long byteSize();

  /** Returns whether this process can read and write {@link #address()} directly. */
  boolean isHost();

  /**
   * Frees the memory once no running operation of a backend can use it. Closing twice does nothing.
   */
  @Override
  void close();
}
