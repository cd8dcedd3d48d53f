package org.lm4j.backend.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.lm4j.backend.cuda.cublas.Cublas;
import org.lm4j.backend.cuda.device.Closers;
import org.lm4j.backend.cuda.device.CudaLibraries;
import org.lm4j.backend.cuda.driver.CudaDriver;

/** The first GPU with the least that a trial needs: a context and a stream, and more on request. */
final class TrialGpu implements AutoCloseable {
  private static final long WORKSPACE_BYTES = 4L << 20;

  private final CudaLibraries libraries = CudaLibraries.find();
  private final Closers closers = new Closers();
  private final CudaDriver driver;
  private final int device;
  private final long stream;

  TrialGpu() {
    driver = libraries.driver();
    driver.initialize();
    device = driver.device(0);
    driver.setCurrentContext(driver.retainPrimaryContext(device));
    closers.add(() -> driver.releasePrimaryContext(device));
    try {
      stream = driver.streams().create();
    } catch (RuntimeException e) {
      closers.runAfter(e);
      throw e;
    }
    closers.add(() -> driver.streams().destroy(stream));
  }

  /** Returns the compute capability, times ten. */
  static int capability(CudaDriver driver, int device) {
    return 10 * driver.attribute(CudaDriver.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, device)
        + driver.attribute(CudaDriver.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, device);
  }

  int capability() {
    return capability(driver, device);
  }

  CudaLibraries libraries() {
    return libraries;
  }

  CudaDriver driver() {
    return driver;
  }

  int device() {
    return device;
  }

  long stream() {
    return stream;
  }

  /** Returns a handle that works in the stream, with its own memory. */
  long cublas() {
    Cublas cublas = libraries.cublas();
    long handle = cublas.create();
    closers.add(() -> cublas.destroy(handle));
    cublas.setStream(handle, stream);
    cublas.setWorkspace(handle, allocate(WORKSPACE_BYTES), WORKSPACE_BYTES);
    return handle;
  }

  private long allocate(long bytes) {
    long at = driver.memory().allocate(bytes);
    closers.add(() -> driver.memory().free(at));
    return at;
  }

  /** Copies numbers to the GPU and returns their address. */
  long upload(float[] numbers) {
    return upload(MemorySegment.ofArray(numbers));
  }

  /** Copies numbers to the GPU as bfloat16, after rounding them in place. */
  long uploadBf16(float[] numbers) {
    short[] halves = new short[numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      int bits = Float.floatToRawIntBits(numbers[i]);
      halves[i] = (short) ((bits + 0x7FFF + (bits >>> 16 & 1)) >>> 16);
      numbers[i] = Float.intBitsToFloat(halves[i] << 16);
    }
    return upload(MemorySegment.ofArray(halves));
  }

  /** Copies through pinned memory, as the backend does. */
  private long upload(MemorySegment numbers) {
    long bytes = numbers.byteSize();
    long device = allocate(bytes);
    long pinned = driver.memory().allocatePinned(bytes);
    try {
      MemorySegment.ofAddress(pinned).reinterpret(bytes).copyFrom(numbers);
      driver.memory().copyToDeviceAsync(device, pinned, bytes, stream);
      driver.streams().synchronize(stream);
    } finally {
      driver.memory().freePinned(pinned);
    }
    return device;
  }

  /** Waits for all work. */
  float[] download(long at, int count) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment host = arena.allocate(ValueLayout.JAVA_FLOAT, count);
      driver.memory().copyToHostAsync(host.address(), at, host.byteSize(), stream);
      driver.streams().synchronize(stream);
      return host.toArray(ValueLayout.JAVA_FLOAT);
    }
  }

  /** Releases everything, even where one release fails. */
  @Override
  public void close() {
    closers.run();
  }
}
