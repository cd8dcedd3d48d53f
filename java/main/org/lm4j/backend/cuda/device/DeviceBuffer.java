package org.lm4j.backend.cuda.device;

/** Device memory that grows on request, which loses its contents. */
public final class DeviceBuffer implements AutoCloseable {
  private final CudaDevice device;
  private long address;
  private long bytes;

  /** Creates a buffer without memory. */
  public DeviceBuffer(CudaDevice device) {
    this.device = device;
  }

  /**
   * Returns the address of at least {@code wanted} bytes, aligned to 256 bytes. Where it has to
   * grow, commands recorded so far are issued first, as they may use what is freed.
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
