package org.lm4j.backend.cuda.driver;

import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;

/** Modules, the functions in them, and their launch. */
public final class CudaModules {
  static final int CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK = 0;
  static final int CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES = 8;

  private final MethodHandle moduleLoadData;
  private final MethodHandle moduleUnload;
  private final MethodHandle moduleGetFunction;
  private final MethodHandle funcGetAttribute;
  private final MethodHandle funcSetAttribute;
  private final MethodHandle occupancyMaxActiveBlocksPerMultiprocessor;
  private final MethodHandle launchKernel;
  private final CudaStatus status;
  private final Scratch scratch;

  CudaModules(Functions functions, CudaStatus status, Scratch scratch) {
    this.status = status;
    this.scratch = scratch;
    moduleLoadData =
        functions.bind("CUresult cuModuleLoadData(CUmodule *module, const void *image)");
    moduleUnload = functions.bind("CUresult cuModuleUnload(CUmodule hmod)");
    moduleGetFunction =
        functions.bind(
            "CUresult cuModuleGetFunction(CUfunction *hfunc, CUmodule hmod, const char "
                + "*name)");
    funcGetAttribute =
        functions.bind(
            "CUresult cuFuncGetAttribute(int *pi, CUfunction_attribute attrib, CUfunction "
                + "hfunc)");
    funcSetAttribute =
        functions.bind(
            "CUresult cuFuncSetAttribute(CUfunction hfunc, CUfunction_attribute attrib, "
                + "int value)");
    occupancyMaxActiveBlocksPerMultiprocessor =
        functions.bind(
            "CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int *numBlocks, "
                + "CUfunction func, int blockSize, size_t dynamicSMemSize)");
    launchKernel =
        functions.bind(
            "CUresult cuLaunchKernel(CUfunction f, unsigned int gridDimX, unsigned int "
                + "gridDimY, unsigned int gridDimZ, unsigned int blockDimX, unsigned int "
                + "blockDimY, unsigned int blockDimZ, unsigned int sharedMemBytes, CUstream "
                + "hStream, void **kernelParams, void **extra)");
  }

  /**
   * Loads PTX text that ends with a zero byte, a cubin or a fatbin, compiling it for the device if
   * that is needed.
   *
   * @param image host address, read during the call
   */
  long load(long image) {
    try {
      status.check((int) moduleLoadData.invokeExact(scratch.at(0), image), "cuModuleLoadData");
      return scratch.getLong(0);
    } catch (Throwable e) {
      throw CudaException.of("cuModuleLoadData", e);
    }
  }

  /** Unloads a module, after all work that uses it. */
  void unload(long module) {
    try {
      status.check((int) moduleUnload.invokeExact(module), "cuModuleUnload");
    } catch (Throwable e) {
      throw CudaException.of("cuModuleUnload", e);
    }
  }

  /** Returns an attribute of a function, {@code CU_FUNC_ATTRIBUTE_…}. */
  int attribute(int attribute, long function) {
    try {
      status.check(
          (int) funcGetAttribute.invokeExact(scratch.at(0), attribute, function),
          "cuFuncGetAttribute");
      return scratch.getInt(0);
    } catch (Throwable e) {
      throw CudaException.of("cuFuncGetAttribute", e);
    }
  }

  /**
   * Sets an attribute; {@code CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES} above 48 KiB must
   * be.
   */
  void setAttribute(long function, int attribute, int value) {
    try {
      status.check(
          (int) funcSetAttribute.invokeExact(function, attribute, value), "cuFuncSetAttribute");
    } catch (Throwable e) {
      throw CudaException.of("cuFuncSetAttribute", e);
    }
  }

  /**
   * Returns how many blocks of so many threads and bytes of dynamic shared memory one
   * multiprocessor holds.
   */
  int blocksPerMultiprocessor(long function, int threads, long sharedBytes) {
    try {
      status.check(
          (int)
              occupancyMaxActiveBlocksPerMultiprocessor.invokeExact(
                  scratch.at(0), function, threads, sharedBytes),
          "cuOccupancyMaxActiveBlocksPerMultiprocessor");
      return scratch.getInt(0);
    } catch (Throwable e) {
      throw CudaException.of("cuOccupancyMaxActiveBlocksPerMultiprocessor", e);
    }
  }

  /**
   * Issues a kernel to the stream.
   *
   * @param arguments host address of an array of pointers to the values, see {@link
   *     LaunchArguments}; read during the call
   */
  public void launch( // the C prototype, less the two third dimensions
      long function,
      int gridX,
      int gridY,
      int blockX,
      int blockY,
      int sharedBytes,
      long stream,
      long arguments) {
    try {
      status.check(
          (int)
              launchKernel.invokeExact(
                  function, gridX, gridY, 1, blockX, blockY, 1, sharedBytes, stream, arguments, 0L),
          "cuLaunchKernel");
    } catch (Throwable e) {
      throw CudaException.of("cuLaunchKernel", e);
    }
  }

  /** Returns the function of this name in a module. */
  long function(long module, String name) {
    try (Arena arena = Arena.ofConfined()) {
      long text = arena.allocateFrom(name).address();
      int result = (int) moduleGetFunction.invokeExact(scratch.at(0), module, text);
      status.check(result, "cuModuleGetFunction(" + name + ")");
      return scratch.getLong(0);
    } catch (Throwable e) {
      throw CudaException.of("cuModuleGetFunction", e);
    }
  }
}
