package org.lm4j.backend.cuda.rnn;

import org.lm4j.backend.cuda.cudnn.CudnnDescriptors;
import org.lm4j.backend.cuda.device.CudaDevice;
import org.lm4j.backend.cuda.device.DeviceBuffer;
import org.lm4j.backend.cuda.device.Launches;

/**
 * One of cuDNN's operands: the caller's memory where cuDNN can take it as it is, else a buffer of
 * our own in the type it computes with, aligned, and copies between the two.
 */
final class RnnOperand implements AutoCloseable {
  private static final long ALIGNMENT = 16; // bytes, of what is taken as it is
  private static final int BF16_BYTES = 2;

  private final Launches launches;
  private final boolean rounds; // to bfloat16
  private final DeviceBuffer buffer;

  RnnOperand(CudaDevice device, Launches launches) {
    this.launches = launches;
    this.rounds = WeightSpaces.dataType(device) == CudnnDescriptors.CUDNN_DATA_BFLOAT16;
    this.buffer = new DeviceBuffer(device);
  }

  private boolean fits(long address) {
    return !rounds && address % ALIGNMENT == 0;
  }

  /** Returns the address of our buffer for {@code n} elements. */
  long own(long n) {
    return buffer.at(n * (rounds ? BF16_BYTES : Float.BYTES));
  }

  /** Returns the address at which cuDNN reads {@code n} floats of the caller. */
  long in(long address, long n) {
    return fits(address) ? address : copyOf(address, n);
  }

  /**
   * Returns the address of a copy of {@code n} floats of the caller, which may be overwritten
   * meanwhile.
   */
  long copyOf(long address, long n) {
    long own = own(n);
    if (rounds) {
      launches.toBf16(address, own, 1, n, n);
    } else {
      launches.copy(address, own, n * Float.BYTES);
    }
    return own;
  }

  /** Returns the address at which cuDNN writes what the caller wants at {@code address}. */
  long out(long address, long n) {
    return fits(address) ? address : own(n);
  }

  /** Copies what cuDNN has written at the address from {@link #out} to the caller. */
  void written(long address, long n) {
    if (fits(address)) {
      return;
    }
    if (rounds) {
      launches.fromBf16(own(n), address, n, false);
    } else {
      launches.copy(own(n), address, n * Float.BYTES);
    }
  }

  @Override
  public void close() {
    buffer.close();
  }
}
