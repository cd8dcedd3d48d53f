package org.lm4j.backend.cuda.device;

import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Storage;

/**
 * Device memory of a tensor. Where token ids were written to it, the host keeps them too: they are
 * checked before they address anything, and the device would have to be waited for.
 */
public final class CudaStorage implements Storage {
  private final CudaDevice device;
  private final long byteSize;
  private final Lock users;
  private long address;
  private @Nullable HostStorage ids;

  /**
   * Allocates zeroed memory.
   *
   * @param users held by the thread that uses the device: memory is freed while holding it
   */
  public CudaStorage(CudaDevice device, long byteSize, Lock users) {
    if (byteSize < 0) {
      throw new IllegalArgumentException("negative allocation: " + byteSize + " bytes");
    }
    this.device = device;
    this.byteSize = byteSize;
    this.users = users;
    this.address = device.allocateZeroed(Math.max(1, byteSize));
  }

  /** Returns whether it is memory of {@code other}. */
  boolean belongsTo(CudaDevice other) {
    return device == other;
  }

  @Override
  public long address() {
    if (address == 0) {
      throw new IllegalStateException(CLOSED);
    }
    return address;
  }

  @Override
  public long byteSize() {
    return byteSize;
  }

  @Override
  public boolean isHost() {
    return false;
  }

  /** Returns the host's copy of this memory, as far as ids were written to it; zero elsewhere. */
  HostStorage ids() {
    HostStorage copy = ids;
    if (copy == null) {
      copy = new HostStorage(byteSize);
      ids = copy;
    }
    return copy;
  }

  @Override
  public void close() {
    users.lock();
    try {
      free();
    } finally {
      users.unlock();
    }
  }

  private void free() {
    if (address == 0) {
      return;
    }
    device.free(address);
    address = 0;
    if (ids != null) {
      ids.close();
    }
  }
}
