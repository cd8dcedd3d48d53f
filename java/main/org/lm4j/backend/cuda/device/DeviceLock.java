package org.lm4j.backend.cuda.device;

import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/** A device's turn: whoever holds it has the device's context current, whatever thread it is. */
public final class DeviceLock extends ReentrantLock {
  private static final long serialVersionUID = 1;

  private final transient CudaDevice device;

  public DeviceLock(CudaDevice device) {
    super(true);
    this.device = device;
  }

  /** As {@link Lock#lock}; not taken if the context cannot be made current. */
  @Override
  public void lock() {
    super.lock();
    try {
      device.enter();
    } catch (RuntimeException e) {
      unlock();
      throw e;
    }
  }
}
