package org.lm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lm4j.foreign.NativeLibrary;

/**
 * Calls the fake driver directly, without binding classes between a test and what it tests. Java
 * types correspond to the C types: {@code int}, {@code long} for 64-bit integers and device
 * addresses, {@link MemorySegment} for host pointers.
 */
final class FakeDriver implements AutoCloseable {
  final Arena arena = Arena.ofConfined();
  private final NativeLibrary library;
  private final Map<String, Long> functions = new HashMap<>();
  private final List<Long> allocations = new ArrayList<>();
  private final long module;
  final long stream;

  /** A device with the kernels loaded, and a stream. */
  FakeDriver() throws IOException, InterruptedException {
    library = NativeLibrary.open(FakeLibraries.folder().resolve("libcuda.so.1"));
    order("fake_reset");
    check("cuInit", 0);
    long context = make("cuDevicePrimaryCtxRetain", 0);
    check("cuCtxSetCurrent", context);
    stream = make("cuStreamCreate", 1);
    module = make("cuModuleLoadData", arena.allocateFrom(ptx(80)));
  }

  /** The PTX that is checked in. */
  static String ptx(int architecture) throws IOException {
    return Files.readString(Path.of("native", "cuda", "kernels_" + architecture + ".ptx"));
  }

  /** Frees everything, which also shows whether a kernel wrote behind a buffer. */
  @Override
  public void close() {
    try {
      for (long allocation : allocations) {
        check("cuMemFree_v2", allocation);
      }
    } finally {
      abandon();
    }
  }

  /** Drops everything, for devices whose context is dead. */
  void abandon() {
    order("fake_reset");
    arena.close();
  }

  // --- Calls ------------------------------------------------------------------------------------

  /** The status of a call. */
  int status(String function, Object... arguments) {
    return (int) call(ValueLayout.JAVA_INT, function, arguments);
  }

  /** A call that must succeed. */
  void check(String function, Object... arguments) {
    int status = status(function, arguments);
    assertThat(status).as("%s, after: %s", function, text("fake_fault_text")).isZero();
  }

  /** Returns what a call writes to its first argument, a pointer to 64 bits. */
  long make(String function, Object... arguments) {
    MemorySegment out = arena.allocate(ValueLayout.JAVA_LONG);
    Object[] all = new Object[arguments.length + 1];
    all[0] = out;
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    check(function, all);
    return out.get(ValueLayout.JAVA_LONG, 0);
  }

  /** Returns the result of one of the fake's own functions that count. */
  long count(String function) {
    return (long) call(ValueLayout.JAVA_LONG, function);
  }

  /** Returns the result of one of the fake's own functions that report. */
  String text(String function) {
    MemorySegment text = (MemorySegment) call(ValueLayout.ADDRESS, function);
    return text.reinterpret(Long.MAX_VALUE).getString(0);
  }

  /** Calls one of the fake's own functions that return nothing. */
  void order(String function, Object... arguments) {
    invoke(function, FunctionDescriptor.ofVoid(types(arguments)), arguments);
  }

  private Object call(MemoryLayout result, String function, Object... arguments) {
    return Objects.requireNonNull(
        invoke(function, FunctionDescriptor.of(result, types(arguments)), arguments));
  }

  private static MemoryLayout[] types(Object... arguments) {
    MemoryLayout[] types = new MemoryLayout[arguments.length];
    for (int i = 0; i < types.length; i++) {
      types[i] =
          switch (arguments[i]) {
            case Integer value -> ValueLayout.JAVA_INT;
            case Long value -> ValueLayout.JAVA_LONG;
            default -> ValueLayout.ADDRESS;
          };
    }
    return types;
  }

  private @Nullable Object invoke(String function, FunctionDescriptor type, Object... arguments) {
    try {
      return library.function(function, type).invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected(function, e);
    }
  }

  // --- Memory -----------------------------------------------------------------------------------

  /**
   * Device memory.
   *
   * @param address of the first element
   * @param bytes of the elements
   */
  record Buffer(long address, long bytes) {
    /** A null pointer. */
    static final Buffer NONE = new Buffer(0, 0);
  }

  /** Fresh memory, which holds NaN, {@code shift} bytes behind an aligned address. */
  Buffer allocate(long bytes, int shift) {
    long address = make("cuMemAlloc_v2", bytes + shift);
    allocations.add(address);
    return new Buffer(address + shift, bytes);
  }

  /** A copy of host memory, {@code shift} bytes behind an aligned address. */
  Buffer upload(MemorySegment host, int shift) {
    Buffer buffer = allocate(host.byteSize(), shift);
    MemorySegment copy = arena.allocate(Math.max(1, host.byteSize())).copyFrom(host);
    check("cuMemcpyHtoDAsync_v2", buffer.address(), copy, host.byteSize(), stream);
    return buffer;
  }

  Buffer floats(int shift, float... values) {
    return upload(MemorySegment.ofArray(values), shift * Float.BYTES);
  }

  Buffer ints(int... values) {
    return upload(MemorySegment.ofArray(values), 0);
  }

  Buffer shorts(int shift, short... values) {
    return upload(MemorySegment.ofArray(values), shift * Short.BYTES);
  }

  Buffer doubles(double... values) {
    return upload(MemorySegment.ofArray(values), 0);
  }

  Buffer longs(long... values) {
    return upload(MemorySegment.ofArray(values), 0);
  }

  private MemorySegment download(Buffer buffer) {
    MemorySegment host = arena.allocate(buffer.bytes(), Double.BYTES);
    check("cuMemcpyDtoHAsync_v2", host, buffer.address(), buffer.bytes(), stream);
    return host;
  }

  float[] floats(Buffer buffer) {
    return download(buffer).toArray(ValueLayout.JAVA_FLOAT);
  }

  short[] shorts(Buffer buffer) {
    return download(buffer).toArray(ValueLayout.JAVA_SHORT);
  }

  // --- Launch -----------------------------------------------------------------------------------

  /** Launches a kernel; buffers, longs and ints in the order of its arguments. */
  void launch(String kernel, long grid, int block, Object... arguments) {
    check("cuLaunchKernel", launchArguments(kernel, grid, block, arguments));
  }

  /** Makes the call and returns its status. */
  int launchStatus(String kernel, long grid, int block, Object... arguments) {
    return status("cuLaunchKernel", launchArguments(kernel, grid, block, arguments));
  }

  private Object[] launchArguments(String kernel, long grid, int block, Object... arguments) {
    long function =
        functions.computeIfAbsent(
            kernel, name -> make("cuModuleGetFunction", module, arena.allocateFrom(name)));
    MemorySegment values = arena.allocate(ValueLayout.JAVA_LONG, arguments.length);
    MemorySegment pointers = arena.allocate(ValueLayout.ADDRESS, arguments.length);
    for (int i = 0; i < arguments.length; i++) {
      MemorySegment value = values.asSlice(i * 8L, 8);
      switch (arguments[i]) {
        case Buffer buffer -> value.set(ValueLayout.JAVA_LONG, 0, buffer.address());
        case Long size -> value.set(ValueLayout.JAVA_LONG, 0, size);
        case Integer flag -> value.set(ValueLayout.JAVA_INT, 0, flag);
        default -> throw new IllegalArgumentException("argument " + arguments[i]);
      }
      pointers.setAtIndex(ValueLayout.ADDRESS, i, value);
    }
    return new Object[] {
      function, Math.toIntExact(grid), 1, 1, block, 1, 1, 0, stream, pointers, MemorySegment.NULL
    };
  }

  // --- Launch shapes of native/cuda/README.md, for two multiprocessors ---------------------------

  private static final int MULTIPROCESSORS = 2;

  static long ceil(long n, long unit) {
    return (n + unit - 1) / unit;
  }

  static long linear(long n) {
    return Math.clamp(ceil(n, 1024), 1, 8 * MULTIPROCESSORS);
  }

  static long rows(long rows, long columns) {
    return Math.clamp(columns <= 1024 ? ceil(rows, 4) : rows, 1, 64 * MULTIPROCESSORS);
  }

  static int rowBlock(long columns) {
    return columns <= 1024 ? 128 : columns <= 16384 ? 256 : 512;
  }
}
