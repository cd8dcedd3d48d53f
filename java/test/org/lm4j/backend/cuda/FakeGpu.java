package org.lm4j.backend.cuda;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.lm4j.backend.cuda.cublas.Cublas;
import org.lm4j.backend.cuda.cudnn.Cudnn;
import org.lm4j.backend.cuda.device.CudaLibraries;
import org.lm4j.backend.cuda.driver.CudaDriver;
import org.lm4j.foreign.NativeLibrary;

/** The bindings on the fake libraries: a context, a stream, handles, and memory that is freed. */
final class FakeGpu implements AutoCloseable {
  final CudaDriver driver;
  final Cublas cublas;
  final Cudnn cudnn;
  final long stream;
  final long blasHandle;
  final long dnnHandle;
  private final int device;
  private final List<Long> blocks = new ArrayList<>();

  /** Skips the test where the fake libraries cannot be compiled. */
  FakeGpu() throws IOException, InterruptedException {
    CudaLibraries libraries = libraries();
    driver = libraries.driver();
    cublas = libraries.cublas();
    cudnn = libraries.cudnn();
    driver.initialize();
    device = driver.device(0);
    driver.setCurrentContext(driver.retainPrimaryContext(device));
    stream = driver.streams().create();
    blasHandle = cublas.create();
    cublas.setStream(blasHandle, stream);
    dnnHandle = cudnn.create();
    cudnn.setStream(dnnHandle, stream);
  }

  /** The fake libraries, found as a user's libraries are. */
  static CudaLibraries libraries() throws IOException, InterruptedException {
    Properties properties = new Properties();
    properties.setProperty("lm4j.cuda.libs", FakeLibraries.folder().toString());
    return CudaLibraries.find(properties, Map.of(), Path.of("/"));
  }

  /** Device memory; what it holds is not known. */
  long allocate(long bytes) {
    long block = driver.memory().allocate(bytes);
    blocks.add(block);
    return block;
  }

  long upload(float... values) {
    long block = allocate(Float.BYTES * (long) values.length);
    write(block, values);
    return block;
  }

  void write(long block, float... values) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment host = arena.allocateFrom(ValueLayout.JAVA_FLOAT, values);
      driver.memory().copyToDeviceAsync(block, host.address(), host.byteSize(), stream);
      driver.streams().synchronize(stream);
    }
  }

  float[] download(long block, int count) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment host = arena.allocate(ValueLayout.JAVA_FLOAT, count);
      driver.memory().copyToHostAsync(host.address(), block, host.byteSize(), stream);
      driver.streams().synchronize(stream);
      return host.toArray(ValueLayout.JAVA_FLOAT);
    }
  }

  void synchronize() {
    driver.streams().synchronize(stream);
  }

  /** Returns the result of one of a fake's own functions, such as {@code fake_cudnn_live}. */
  static long count(String library, String function) throws IOException, InterruptedException {
    NativeLibrary opened = NativeLibrary.open(FakeLibraries.folder().resolve(library));
    try {
      return (long)
          opened.function(function, FunctionDescriptor.of(ValueLayout.JAVA_LONG)).invokeExact();
    } catch (Throwable e) {
      throw NativeLibrary.unexpected(function, e);
    }
  }

  /** Resets the fake driver, including a dead context. */
  static void reset() throws IOException, InterruptedException {
    NativeLibrary opened = NativeLibrary.open(FakeLibraries.folder().resolve("libcuda.so.1"));
    try {
      opened.function("fake_reset", FunctionDescriptor.ofVoid()).invokeExact();
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("fake_reset", e);
    }
  }

  @Override
  public void close() {
    cudnn.destroy(dnnHandle);
    cublas.destroy(blasHandle);
    blocks.forEach(driver.memory()::free);
    driver.streams().destroy(stream);
    driver.releasePrimaryContext(device);
  }
}
