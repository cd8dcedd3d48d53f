package org.lm4j.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;
import org.lm4j.foreign.ZeroedMemory;

/**
 * Zeroed host memory, aligned to a cache line. Up to one widest vector beyond its end may be read,
 * though not written: processors without masked loads (NEON, SSE) read whole vectors and select
 * afterwards.
 *
 * <p>May be closed while other threads read it through {@link #segment()} or a {@link Tensor}: they
 * get an exception. Code that uses the bare address must keep the memory open, as a backend does
 * with a lock.
 */
public final class HostStorage implements Storage {
  /**
   * Alignment of every allocation in bytes: a cache line, and the widest vector of any CPU here.
   */
  public static final int ALIGNMENT = 64;

  private final @Nullable Arena owned;
  private final MemorySegment segment;
  private final long address;
  private final long byteSize;
  private final @Nullable Lock users;
  private volatile boolean open = true;

  /**
   * Allocates {@code byteSize} zeroed bytes.
   *
   * @throws IllegalArgumentException if {@code byteSize} is negative
   * @throws org.lm4j.MemoryShortage if there is not enough memory, see {@link MemoryBudget}
   * @throws OutOfMemoryError if the system refuses it
   */
  public HostStorage(long byteSize) {
    this(byteSize, null, null);
  }

  /**
   * Allocates {@code byteSize} zeroed bytes that are used by their bare address.
   *
   * @param users the lock held by code that uses the address; the memory is freed only after its
   *     release; null for none
   */
  public HostStorage(long byteSize, @Nullable Lock users) {
    this(byteSize, users, null);
  }

  /**
   * Allocates {@code byteSize} zeroed bytes that are freed only with an arena, which many may
   * share: to close a shared arena stops all threads for a moment.
   *
   * @param arena one that other threads may read, closed after this
   */
  public HostStorage(long byteSize, Arena arena) {
    this(byteSize, null, arena);
  }

  private HostStorage(long byteSize, @Nullable Lock users, @Nullable Arena given) {
    if (byteSize < 0) {
      throw new IllegalArgumentException("negative allocation: " + byteSize + " bytes");
    }
    MemoryBudget.requirePiece(byteSize);
    this.users = users;
    Arena arena = given == null ? Arena.ofShared() : given;
    this.owned = given == null ? arena : null;
    long readable = Math.max(byteSize, byteSize + ALIGNMENT); // the first where the sum overflows
    MemorySegment whole = ZeroedMemory.allocate(arena, readable, ALIGNMENT);
    this.segment = whole.asSlice(0, byteSize);
    this.address = whole.address();
    this.byteSize = byteSize;
    MemoryBudget.allocated(byteSize);
  }

  @Override
  public long address() {
    requireOpen();
    return address;
  }

  /**
   * Returns the memory as a segment that throws {@link IllegalStateException} once it is closed.
   *
   * @throws IllegalStateException if it is closed already
   */
  public MemorySegment segment() {
    requireOpen();
    return segment;
  }

  private void requireOpen() {
    if (!open) {
      throw new IllegalStateException(CLOSED);
    }
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
  public void close() {
    if (users == null) {
      free();
      return;
    }
    users.lock();
    try {
      free();
    } finally {
      users.unlock();
    }
  }

  private synchronized void free() {
    if (open) {
      open = false;
      if (owned != null) {
        owned.close();
      }
      MemoryBudget.allocated(-byteSize);
    }
  }
}
