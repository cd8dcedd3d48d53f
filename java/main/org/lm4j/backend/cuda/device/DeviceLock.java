package org.lm4j.backend.cuda.device;

import java.util.concurrent.locks.ReentrantLock;

/** The lock of a device: the thread that holds it has the device's context current. */
public final class DeviceLock extends ReentrantLock {
  private static final long serialVersionUID = 1;

  private final transient CudaDevice device;

  /** Creates the lock of a device. */
  public DeviceLock(CudaDevice device) {
    super(true);
    this.device = device;
  }

  /** Takes the lock, unless the context cannot be made current. */
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
