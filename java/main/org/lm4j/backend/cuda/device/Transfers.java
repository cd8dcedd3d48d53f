package org.lm4j.backend.cuda.device;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import org.lm4j.backend.cuda.driver.CudaMemory;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.Memory;
import org.lm4j.tensor.Tensor;

/**
 * Copies of numbers between host and device, in pieces through pinned memory, which the device can
 * read and write by itself. They wait until all is done.
 */
public final class Transfers implements AutoCloseable {
  private static final long FLOATS = 1 << 20; // of a piece

  private final CudaDevice device;
  private final CudaMemory memory;
  private final long pinned;

  /** Creates transfers to and from a device. */
  public Transfers(CudaDevice device) {
    this.device = device;
    this.memory = device.driver().memory();
    this.pinned = memory.allocatePinned(FLOATS * Float.BYTES);
  }

  /** Copies a float tensor from the host to the device. */
  public void upload(Tensor host, Tensor target) {
    device.synchronize(); // the pinned memory and the target may be in use
    for (long from = 0; from < target.size(); from += FLOATS) {
      long count = Math.min(FLOATS, target.size() - from);
      toPinned(host, from, count);
      long to = target.address() + from * Float.BYTES;
      memory.copyToDeviceAsync(to, pinned, count * Float.BYTES, device.stream());
      device.synchronize();
    }
  }

  /** Copies a float tensor from the device to the host. */
  public void download(Tensor source, Tensor host) {
    device.queue().flush();
    device.enter();
    for (long from = 0; from < source.size(); from += FLOATS) {
      long count = Math.min(FLOATS, source.size() - from);
      long at = source.address() + from * Float.BYTES;
      memory.copyToHostAsync(pinned, at, count * Float.BYTES, device.stream());
      device.synchronize();
      fromPinned(host, from, count);
    }
  }

  /**
   * Copies ids that are too many for a parameter block from host memory of any kind to the device.
   */
  public void uploadInts(int[] ids, int from, int count, long target) {
    device.synchronize();
    for (int done = 0; done < count; done += (int) FLOATS) {
      int part = (int) Math.min(FLOATS, count - done);
      long bytes = (long) part * Integer.BYTES;
      MemorySegment source = MemorySegment.ofArray(ids);
      MemorySegment.copy(source, (from + done) * 4L, Memory.ALL, pinned, bytes);
      memory.copyToDeviceAsync(target + done * 4L, pinned, bytes, device.stream());
      device.synchronize();
    }
  }

  private void toPinned(Tensor host, long from, long count) {
    MemorySegment segment = host.segment(); // which another thread may close
    long at = from * host.dtype().bytes();
    if (host.dtype() == DType.F32) {
      MemorySegment.copy(segment, at, Memory.ALL, pinned, count * Float.BYTES);
      return;
    }
    for (long i = 0; i < count; i++) {
      double value = segment.get(JAVA_DOUBLE, at + i * Double.BYTES);
      Memory.ALL.set(JAVA_FLOAT, pinned + i * Float.BYTES, (float) value);
    }
  }

  private void fromPinned(Tensor host, long from, long count) {
    MemorySegment segment = host.segment(); // which another thread may close
    long at = from * host.dtype().bytes();
    if (host.dtype() == DType.F32) {
      MemorySegment.copy(Memory.ALL, pinned, segment, at, count * Float.BYTES);
      return;
    }
    for (long i = 0; i < count; i++) {
      double value = Memory.ALL.get(JAVA_FLOAT, pinned + i * Float.BYTES);
      segment.set(JAVA_DOUBLE, at + i * Double.BYTES, value);
    }
  }

  @Override
  public void close() {
    memory.freePinned(pinned);
  }
}
