package org.lm4j.backend.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cuda.cublas.Cublas;
import org.lm4j.backend.cuda.cudnn.Cudnn;
import org.lm4j.backend.cuda.device.CudaDevice;
import org.lm4j.backend.cuda.driver.CudaDriver;
import org.lm4j.compute.Precision;
import org.lm4j.foreign.NativeLibrary;

/**
 * The CUDA backend over the fake C libraries, which really compute, and what these report about its
 * calls. Tests are skipped by name where there is no C compiler.
 */
public final class CudaOnFakes {
  private static final int LONGEST_LOG = 1 << 26;

  private CudaOnFakes() {}

  /** True float32, with graphs. */
  public static CudaBackend open() {
    return open(Precision.FP32, true);
  }

  /** Opens the backend with another precision. */
  public static CudaBackend open(Precision precision) {
    return open(precision, true);
  }

  static CudaBackend open(@Nullable Precision precision, boolean graphs) {
    return CudaBackend.open(libraries(), precision, graphs);
  }

  /** The folder of the libraries, as {@code LM4J_CUDA_LIBS} wants it. */
  public static Path folder() {
    try {
      return FakeLibraries.folder();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  static CudaDevice.Libraries libraries() {
    NativeLibrary driver = driver(); // first: the other two need it
    return new CudaDevice.Libraries(
        CudaDriver.of(driver),
        Cublas.of(NativeLibrary.open(folder().resolve("libcublas.so.13"))),
        Cudnn.of(NativeLibrary.open(folder().resolve("libcudnn.so.9"))));
  }

  private static NativeLibrary driver() {
    return NativeLibrary.open(folder().resolve("libcuda.so.1"));
  }

  /** Forgets everything that earlier tests left. */
  public static void reset() {
    try {
      function("fake_reset", FunctionDescriptor.ofVoid()).invokeExact();
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("fake_reset", e);
    }
  }

  /** The calls since {@link #clearLog}, one a line, the function's name first. */
  public static List<String> log() {
    return text("fake_log").lines().toList();
  }

  private static String text(String name) {
    try {
      FunctionDescriptor type = FunctionDescriptor.of(ValueLayout.ADDRESS);
      MemorySegment text = (MemorySegment) function(name, type).invokeExact();
      return text.reinterpret(LONGEST_LOG).getString(0);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected(name, e);
    }
  }

  /** Returns what killed the context; empty while it lives. */
  static String fault() {
    return text("fake_fault_text");
  }

  public static void clearLog() {
    try {
      function("fake_log_clear", FunctionDescriptor.ofVoid()).invokeExact();
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("fake_log_clear", e);
    }
  }

  /** Device allocations that were not freed. */
  public static long liveAllocations() {
    return count("fake_live_allocations");
  }

  /** Pinned memory, streams, events, modules and graphs that were not given back. */
  public static long liveObjects() {
    return count("fake_live_objects");
  }

  private static long count(String name) {
    try {
      FunctionDescriptor type = FunctionDescriptor.of(ValueLayout.JAVA_LONG);
      return (long) function(name, type).invokeExact();
    } catch (Throwable e) {
      throw NativeLibrary.unexpected(name, e);
    }
  }

  /**
   * Has the call of {@code name} that comes after {@code skip} others return {@code status}; below
   * 0, so many calls.
   */
  public static void fail(String name, int skip, int status) {
    FunctionDescriptor type =
        FunctionDescriptor.ofVoid(ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
    try (Arena arena = Arena.ofConfined()) {
      function("fake_fail", type).invokeExact(arena.allocateFrom(name), skip, status);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("fake_fail", e);
    }
  }

  /**
   * Has the call of cuBLAS or cuDNN that comes after {@code skip} others in a capture spoil it and
   * leave its handle of no use.
   */
  static void spoilCapture(int skip) {
    FunctionDescriptor type = FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT);
    try {
      function("fake_spoil_capture", type).invokeExact(skip);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("fake_spoil_capture", e);
    }
  }

  /** Has the device claim another compute capability. */
  public static void capability(int major, int minor) {
    FunctionDescriptor type = FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
    try {
      function("fake_set_capability", type).invokeExact(major, minor);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("fake_set_capability", e);
    }
  }

  /** Makes the device claim another size of memory. */
  static void memory(long bytes) {
    FunctionDescriptor type = FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG);
    try {
      function("fake_set_memory", type).invokeExact(bytes);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("fake_set_memory", e);
    }
  }

  private static MethodHandle function(String name, FunctionDescriptor type) {
    return driver().function(name, type);
  }
}
