package org.lm4j.backend.cuda.cudnn;

import java.lang.invoke.MethodHandle;
import org.lm4j.backend.cuda.driver.CudaException;
import org.lm4j.backend.cuda.driver.CudaSettings;
import org.lm4j.backend.cuda.driver.Functions;
import org.lm4j.backend.cuda.driver.Scratch;
import org.lm4j.foreign.NativeLibrary;

/** Statuses of cuDNN and what its parts share. */
public final class CudnnStatus {
  static final int CUDNN_STATUS_SUCCESS = 0;
  public static final int CUDNN_STATUS_BAD_PARAM = 2000;
  public static final int CUDNN_STATUS_NOT_SUPPORTED = 3000;

  private static final int NOT_SUPPORTED_CLASS = 3; // thousands of a status

  private final MethodHandle getErrorString;
  private final MethodHandle getLastErrorString;
  private final Scratch scratch;

  CudnnStatus(Functions functions, Scratch scratch) {
    this.scratch = scratch;
    getErrorString = functions.bind("const char *cudnnGetErrorString(cudnnStatus_t status)");
    getLastErrorString =
        functions.bind("void cudnnGetLastErrorString(char *message, size_t max_size)");
  }

  /**
   * @throws CudaException if the status is not success, with the condition that failed in cuDNN
   */
  void check(int status, String function) {
    if (status != CUDNN_STATUS_SUCCESS) {
      throw new CudaException(function, status, name(status), lastError(status));
    }
  }

  private String name(int status) {
    try {
      return Scratch.textAt((long) getErrorString.invokeExact(status));
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cudnnGetErrorString", e);
    }
  }

  private String lastError(int status) {
    scratch.clear();
    try {
      getLastErrorString.invokeExact(scratch.at(0), (long) Scratch.BYTES);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cudnnGetLastErrorString", e);
    }
    String text = scratch.text().strip();
    return text.isEmpty() ? unexplained(status, CudaSettings.cudnnLogs(System.getenv())) : text;
  }

  /**
   * Returns a sentence for a failure without a reason: cuDNN names unsupported operations only in
   * its log.
   *
   * @param logs whether that log goes to where the user reads it
   */
  public static String unexplained(int status, boolean logs) {
    if (status / 1000 != NOT_SUPPORTED_CLASS) {
      return "no more is known";
    }
    return logs
        ? "what cuDNN has logged says why"
        : CudaSettings.CUDNN_LOGS + " in front of the command shows why";
  }
}
