package org.lm4j.backend.cuda.nccl;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.lm4j.backend.cuda.driver.CudaException;
import org.lm4j.backend.cuda.driver.Functions;
import org.lm4j.backend.cuda.driver.Scratch;
import org.lm4j.foreign.NativeLibrary;

/**
 * NCCL, {@code libnccl.so.2}: sums over the GPUs of several processes.
 *
 * <p>Order of calls: one process calls {@link #createId} and sends what it wrote to all others;
 * each calls {@link #join} with its context current, which waits for all; then {@link #sum}, in the
 * same order everywhere; {@link #leave} at the end, which waits for all too.
 */
public final class Nccl {
  static final int ncclSuccess = 0;
  static final int ncclUnhandledCudaError = 1;
  static final int ncclSystemError = 2;
  static final int ncclInternalError = 3;
  static final int ncclInvalidArgument = 4;
  static final int ncclInvalidUsage = 5;
  static final int ncclRemoteError = 6;
  static final int ncclInProgress = 7;
  static final int ncclFloat32 = 7;
  static final int ncclSum = 0;
  static final int NCCL_UNIQUE_ID_BYTES = 128;

  /** Bytes of what {@link #createId} writes. */
  public static final int ID_BYTES = NCCL_UNIQUE_ID_BYTES;

  private static final int OLD_VERSION = 10_000; // below, a version has four digits

  private final MethodHandle getVersion;
  private final MethodHandle getUniqueId;
  private final MethodHandle initRank;
  private final MethodHandle allReduce;
  private final MethodHandle getAsyncError;
  private final MethodHandle destroy;
  private final MethodHandle getErrorString;
  private final MethodHandle getLastError;
  private final Scratch scratch = new Scratch();

  /**
   * Binds the functions of an open NCCL.
   *
   * @throws org.lm4j.foreign.NativeException if it lacks one, being older than 2.13
   */
  public static Nccl of(NativeLibrary library) {
    return new Nccl(Functions.of(library));
  }

  /** Binds the functions of NCCL. */
  public Nccl(Functions functions) {
    getErrorString = functions.bind("const char *ncclGetErrorString(ncclResult_t result)");
    getLastError = functions.bind("const char *ncclGetLastError(ncclComm_t comm)");
    getVersion = functions.bind("ncclResult_t ncclGetVersion(int *version)");
    getUniqueId = functions.bind("ncclResult_t ncclGetUniqueId(ncclUniqueId *uniqueId)");
    initRank =
        functions.bind(
            "ncclResult_t ncclCommInitRank(ncclComm_t *comm, int nranks, ncclUniqueId commId, int"
                + " rank)");
    allReduce =
        functions.bind(
            "ncclResult_t ncclAllReduce(const void *sendbuff, void *recvbuff, size_t count,"
                + " ncclDataType_t datatype, ncclRedOp_t op, ncclComm_t comm, cudaStream_t"
                + " stream)");
    getAsyncError =
        functions.bind(
            "ncclResult_t ncclCommGetAsyncError(ncclComm_t comm, ncclResult_t *asyncError)");
    destroy = functions.bind("ncclResult_t ncclCommDestroy(ncclComm_t comm)");
  }

  /**
   * Returns the version, {@code 10,000 · major + 100 · minor + patch}, before 2.9 {@code 1,000 ·
   * major}.
   */
  public int version() {
    try {
      check((int) getVersion.invokeExact(scratch.at(0)), "ncclGetVersion");
      return scratch.getInt(0);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("ncclGetVersion", e);
    }
  }

  /** Returns the version in words, {@code 2.30.7}. */
  public String versionText() {
    return text(version());
  }

  /** Returns a version in words. */
  public static String text(int version) {
    int major = version / (version < OLD_VERSION ? 1000 : 10_000);
    return "%d.%d.%d"
        .formatted(major, version / 100 % (version < OLD_VERSION ? 10 : 100), version % 100);
  }

  /**
   * Writes what identifies a new group of processes.
   *
   * @param id of {@link #ID_BYTES} bytes outside the Java heap
   */
  public void createId(MemorySegment id) {
    try {
      check((int) getUniqueId.invokeExact(id.address()), "ncclGetUniqueId");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("ncclGetUniqueId", e);
    }
  }

  /**
   * Joins the GPU whose context is current to those of the other processes, and returns once all
   * have joined.
   *
   * @param ranks number of processes
   * @param id the same in all processes
   * @return the communicator
   */
  public long join(int ranks, MemorySegment id, int rank) {
    try {
      check((int) initRank.invokeExact(scratch.at(0), ranks, id, rank), "ncclCommInitRank");
      return scratch.getLong(0);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("ncclCommInitRank", e);
    }
  }

  /** Puts the sum of {@code count} floats over all processes, in place, on a stream. */
  public void sum(long floats, long count, long communicator, long stream) {
    try {
      check(
          (int)
              allReduce.invokeExact(
                  floats, floats, count, ncclFloat32, ncclSum, communicator, stream),
          "ncclAllReduce");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("ncclAllReduce", e);
    }
  }

  /**
   * Checks that work on the streams has not failed, which may never be done then.
   *
   * @throws CudaException if it has
   */
  public void checkWork(long communicator) {
    int status;
    try {
      check((int) getAsyncError.invokeExact(communicator, scratch.at(0)), "ncclCommGetAsyncError");
      status = scratch.getInt(0);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("ncclCommGetAsyncError", e);
    }
    if (status != ncclInProgress) {
      check(status, "ncclAllReduce");
    }
  }

  /** Ends the connection, once all processes call this. */
  public void leave(long communicator) {
    try {
      check((int) destroy.invokeExact(communicator), "ncclCommDestroy");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("ncclCommDestroy", e);
    }
  }

  private void check(int status, String function) {
    if (status != ncclSuccess) {
      String text = text(getErrorString, "ncclGetErrorString", status);
      String last = lastError();
      throw new CudaException(
          function, status, name(status), last.isEmpty() ? text : text + ": " + last);
    }
  }

  private static String name(int status) {
    return switch (status) {
      case ncclUnhandledCudaError -> "ncclUnhandledCudaError";
      case ncclSystemError -> "ncclSystemError";
      case ncclInternalError -> "ncclInternalError";
      case ncclInvalidArgument -> "ncclInvalidArgument";
      case ncclInvalidUsage -> "ncclInvalidUsage";
      case ncclRemoteError -> "ncclRemoteError";
      default -> "a status that lm4j does not know";
    };
  }

  private static String text(MethodHandle get, String function, int status) {
    try {
      return Scratch.textAt((long) get.invokeExact(status));
    } catch (Throwable e) {
      throw NativeLibrary.unexpected(function, e);
    }
  }

  /** Returns what NCCL last warned of in this process, on one line. */
  private String lastError() {
    try {
      String text = Scratch.textAt((long) getLastError.invokeExact(0L));
      return text.strip().replaceAll("\\s*\\R\\s*", "; ");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("ncclGetLastError", e);
    }
  }
}
