package org.lm4j.backend.cuda.driver;

import java.lang.invoke.MethodHandle;
import org.lm4j.foreign.NativeLibrary;

/** Statuses of CUDA's driver API and what its parts share. */
public final class CudaStatus {
  static final int CUDA_SUCCESS = 0;
  public static final int CUDA_ERROR_NOT_READY = 600;
  static final int CUDA_ERROR_ECC_UNCORRECTABLE = 214;
  static final int CUDA_ERROR_NVLINK_UNCORRECTABLE = 220;
  static final int CUDA_ERROR_ILLEGAL_ADDRESS = 700;
  static final int CUDA_ERROR_LAUNCH_TIMEOUT = 702;
  static final int CUDA_ERROR_ASSERT = 710;
  static final int CUDA_ERROR_HARDWARE_STACK_ERROR = 714;
  static final int CUDA_ERROR_LAUNCH_FAILED = 719;

  private final MethodHandle getErrorName;
  private final MethodHandle getErrorString;
  private final Scratch scratch;

  CudaStatus(Functions functions, Scratch scratch) {
    this.scratch = scratch;
    getErrorName = functions.bind("CUresult cuGetErrorName(CUresult error, const char **pStr)");
    getErrorString = functions.bind("CUresult cuGetErrorString(CUresult error, const char **pStr)");
  }

  /**
   * @throws CudaException if the status is not success
   */
  void check(int status, String function) {
    if (status != CUDA_SUCCESS) {
      throw new CudaException(
          function,
          status,
          text(getErrorName, "cuGetErrorName", status),
          text(getErrorString, "cuGetErrorString", status));
    }
  }

  private String text(MethodHandle get, String function, int status) {
    int found;
    try {
      found = (int) get.invokeExact(status, scratch.at(0));
    } catch (Throwable e) {
      throw NativeLibrary.unexpected(function, e);
    }
    return found == CUDA_SUCCESS ? Scratch.textAt(scratch.getLong(0)) : "unknown to the driver";
  }
}
