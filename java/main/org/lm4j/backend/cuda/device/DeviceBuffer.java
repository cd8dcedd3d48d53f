package org.lm4j.backend.cuda.device;

/** Device memory of ours that grows when more is asked for, and whose contents are then lost. */
public final class DeviceBuffer implements AutoCloseable {
  private final CudaDevice device;
  private long address;
  private long bytes;

  /** Without memory yet. */
  public DeviceBuffer(CudaDevice device) {
    this.device = device;
  }

  /**
   * Its address, aligned to 256 bytes, with room for {@code wanted} bytes. Where it has to grow,
   * commands recorded so far are issued first, as they may use what is freed.
   */
  public long at(long wanted) {
    if (wanted > bytes) {
      close();
      address = device.allocate(wanted);
      bytes = wanted;
    }
    return address;
  }

  @Override
  public void close() {
    if (address != 0) {
      device.free(address);
      address = 0;
      bytes = 0;
    }
  }
}
