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
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.BackendException;

/**
 * The project's kernels, compiled by the driver for the current device, and their launch shapes.
 */
public final class KernelModule implements AutoCloseable {
  private static final String MODERN = "kernels_80.ptx";
  private static final String OLDER = "kernels_75.ptx";
  private static final int AMPERE = 80; // compute capability, times ten
  private static final long ALIGNMENT = 64; // bytes, of an image

  private static final int WARP = 32;
  private static final int NARROW = 1024; // columns up to which a warp takes a row
  private static final int WIDE = 16384; // columns beyond which a block is larger
  private static final int BLOCKS_LINEAR = 8; // per multiprocessor
  private static final int BLOCKS_ROWS = 64;
  private static final int LINEAR_ELEMENTS = 1024; // per block and round

  /** The threads of a block, unless a kernel says otherwise. */
  public static final int BLOCK = 256;

  private final CudaModules modules;
  private final long module;
  private final String image;
  private final Map<Kernel, Long> functions = new EnumMap<>(Kernel.class);
  private final int multiprocessors;

  /** Where the images of the kernels come from, by name. */
  public interface Images {
    /** Returns the image of this name, or null if this build has none. */
    @Nullable InputStream open(String name);
  }

  /**
   * Loads the module: machine code for this kind of device where the build has it, else text that
   * the driver compiles.
   *
   * @param capability compute capability of the device, times ten
   */
  public KernelModule(CudaModules modules, int capability, int multiprocessors) {
    this(modules, capability, multiprocessors, KernelModule.class::getResourceAsStream);
  }

  /** Loads the module from these images. */
  public KernelModule(CudaModules modules, int capability, int multiprocessors, Images images) {
    this.modules = modules;
    this.multiprocessors = multiprocessors;
    String text = capability >= AMPERE ? MODERN : OLDER;
    String code =
        "kernels_%d.cubin".formatted(capability / 10 * 10); // runs on the newer of its kind
    long loaded = load(modules, images, code, false);
    this.image = loaded == 0 ? text : code;
    this.module = loaded == 0 ? load(modules, images, text, true) : loaded;
    try {
      for (Kernel kernel : Kernel.values()) {
        functions.put(kernel, modules.function(module, kernel.entry()));
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Returns the name of the image that was loaded. */
  public String image() {
    return image;
  }

  /**
   * Loads an image.
   *
   * @param needed whether it is an error if there is none, or if the driver does not take it
   * @return its module; 0 for none
   */
  private static long load(CudaModules modules, Images images, String name, boolean needed) {
    try (InputStream in = images.open(name);
        Arena arena = Arena.ofConfined()) {
      if (in == null) {
        if (needed) {
          throw new BackendException("this build of lm4j lacks its CUDA kernels, " + name);
        }
        return 0;
      }
      byte[] bytes = in.readAllBytes();
      MemorySegment image = arena.allocate(bytes.length + 1L, ALIGNMENT); // text ends with a zero
      MemorySegment.copy(bytes, 0, image, ValueLayout.JAVA_BYTE, 0, bytes.length);
      return modules.load(image.address());
    } catch (CudaException e) {
      if (needed || e.deviceLost()) {
        throw e;
      }
      System.getLogger(KernelModule.class.getName())
          .log(
              System.Logger.Level.DEBUG, "the driver does not take {0}: {1}", name, e.getMessage());
      return 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the handle of a kernel. */
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
