package org.lm4j.tensor;

import java.lang.foreign.Arena;

/**
 * Zeroed host memory, aligned to a cache line. Behind its end as much as the widest vector may be
 * read, though not written: processors without masked loads (NEON, SSE) read whole vectors and
 * choose afterwards.
 */
public final class HostStorage implements Storage {
  /**
   * Alignment of every allocation in bytes: a cache line, and the widest vector of any CPU here.
   */
  public static final int ALIGNMENT = 64;

  private final Arena arena;
  private final long address;
  private final long byteSize;
  private volatile boolean open = true;

  /**
   * Allocates {@code byteSize} zeroed bytes.
   *
   * @throws IllegalArgumentException if {@code byteSize} is negative
   * @throws OutOfMemoryError if the machine has not that much memory
   */
  public HostStorage(long byteSize) {
    if (byteSize < 0) {
      throw new IllegalArgumentException("negative allocation: " + byteSize + " bytes");
    }
    this.arena = Arena.ofShared();
    long readable = Math.max(byteSize, byteSize + ALIGNMENT); // the first where the sum overflows
    this.address = arena.allocate(readable, ALIGNMENT).address();
    this.byteSize = byteSize;
  }

  @Override
  public long address() {
    if (!open) {
      throw new IllegalStateException("tensor memory used after it was closed");
    }
    return address;
  }

  @Override
  public long byteSize() {
    return byteSize;
  }

  @Override
  public boolean isHost() {
    return true;
  }

  @Override
  public synchronized void close() {
    if (open) {
      open = false;
      arena.close();
    }
  }
}
