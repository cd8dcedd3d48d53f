package org.lm4j.backend.cuda.driver;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.lm4j.compute.BackendException;

/**
 * The project's kernels, compiled by the driver for the current device, and their launch shapes.
 */
public final class KernelModule implements AutoCloseable {
  private static final String MODERN = "kernels_80.ptx";
  private static final String OLDER = "kernels_75.ptx";
  private static final int AMPERE = 80; // compute capability, times ten

  private static final int WARP = 32;
  private static final int NARROW = 1024; // columns up to which a warp takes a row
  private static final int WIDE = 16384; // columns beyond which a block is larger
  private static final int BLOCKS_LINEAR = 8; // per multiprocessor
  private static final int BLOCKS_ROWS = 64;
  private static final int LINEAR_ELEMENTS = 1024; // per block and round
  public static final int BLOCK = 256;

  private final CudaModules modules;
  private final long module;
  private final Map<Kernel, Long> functions = new EnumMap<>(Kernel.class);
  private final int multiprocessors;

  /**
   * Loads the module.
   *
   * @param capability compute capability of the device, times ten
   */
  public KernelModule(CudaModules modules, int capability, int multiprocessors) {
    this.modules = modules;
    this.multiprocessors = multiprocessors;
    this.module = load(modules, capability);
    try {
      for (Kernel kernel : Kernel.values()) {
        functions.put(kernel, modules.function(module, kernel.entry()));
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private static long load(CudaModules modules, int capability) {
    String name = capability >= AMPERE ? MODERN : OLDER;
    try (InputStream in = KernelModule.class.getResourceAsStream(name);
        Arena arena = Arena.ofConfined()) {
      if (in == null) {
        throw new BackendException("this build of lm4j lacks its CUDA kernels, " + name);
      }
      byte[] text = in.readAllBytes();
      MemorySegment image = arena.allocate(text.length + 1L); // the driver wants a zero behind
      MemorySegment.copy(text, 0, image, ValueLayout.JAVA_BYTE, 0, text.length);
      return modules.load(image.address());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public long function(Kernel kernel) {
    return Objects.requireNonNull(functions.get(kernel));
  }

  /**
   * Returns the number of blocks of {@link #BLOCK} threads for a kernel over {@code n} elements.
   */
  public long linear(long n) {
    return between(n, LINEAR_ELEMENTS, (long) BLOCKS_LINEAR * multiprocessors);
  }

  /**
   * Returns the number of blocks of {@link #rowsBlock} threads for a kernel that takes row after
   * row.
   */
  public long rows(long rows, long columns) {
    int teams = columns <= NARROW ? rowsBlock(columns) / WARP : 1;
    return between(rows, teams, (long) BLOCKS_ROWS * multiprocessors);
  }

  /** Returns the number of threads of a block that processes rows of {@code columns} columns. */
  public int rowsBlock(long columns) {
    return columns <= NARROW ? 128 : columns <= WIDE ? BLOCK : 2 * BLOCK;
  }

  private static long between(long work, long perBlock, long most) {
    return Math.max(1, Math.min((work + perBlock - 1) / perBlock, most));
  }

  @Override
  public void close() {
    modules.unload(module);
  }
}
