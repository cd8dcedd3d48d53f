package org.lm4j.tensor;

/**
 * A piece of memory outside the Java heap: on the host, or on a device. It lives until its owner
 * closes it; every tensor over it is dead from then on and says so when used.
 */
public interface Storage extends AutoCloseable {
  /** What is said of memory that is used after its owner closed it. */
  String CLOSED = "the memory of this tensor is closed";

  /**
   * The address of the first byte: a host address or a device address.
   *
   * @throws IllegalStateException if the storage is closed
   */
  long address();

  /** Length in bytes. */
  long byteSize();

  /** Whether {@link #address()} can be read and written by this process directly. */
  boolean isHost();

  /**
   * Frees the memory, once no operation of a backend that may use it is under way. Closing twice
   * does nothing.
   */
  @Override
  void close();
}
