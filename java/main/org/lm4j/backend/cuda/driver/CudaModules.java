package org.lm4j.backend.cuda.driver;

import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import org.lm4j.foreign.NativeLibrary;

/** Modules, the functions in them, and their launch. */
public final class CudaModules {

  private final MethodHandle moduleLoadData;
  private final MethodHandle moduleUnload;
  private final MethodHandle moduleGetFunction;
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
      throw NativeLibrary.unexpected("cuModuleLoadData", e);
    }
  }

  /** Unloads a module, after all work that uses it. */
  void unload(long module) {
    try {
      status.check((int) moduleUnload.invokeExact(module), "cuModuleUnload");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuModuleUnload", e);
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
      throw NativeLibrary.unexpected("cuLaunchKernel", e);
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
      throw NativeLibrary.unexpected("cuModuleGetFunction", e);
    }
  }
}
