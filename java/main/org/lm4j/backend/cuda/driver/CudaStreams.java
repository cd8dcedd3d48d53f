package org.lm4j.backend.cuda.driver;

import java.lang.invoke.MethodHandle;
import org.lm4j.foreign.NativeLibrary;

/** Streams, and events recorded in them. */
public final class CudaStreams {
  static final int CU_STREAM_NON_BLOCKING = 1;
  public static final int CU_EVENT_DISABLE_TIMING = 2;

  private final MethodHandle streamCreate;
  private final MethodHandle streamDestroy;
  private final MethodHandle streamSynchronize;
  private final MethodHandle eventCreate;
  private final MethodHandle eventDestroy;
  private final MethodHandle eventRecord;
  private final MethodHandle eventSynchronize;
  private final MethodHandle eventQuery;
  private final CudaStatus status;
  private final Scratch scratch;

  CudaStreams(Functions functions, CudaStatus status, Scratch scratch) {
    this.status = status;
    this.scratch = scratch;
    streamCreate =
        functions.bind("CUresult cuStreamCreate(CUstream *phStream, unsigned int Flags)");
    streamDestroy = functions.bind("CUresult cuStreamDestroy_v2(CUstream hStream)");
    streamSynchronize = functions.bind("CUresult cuStreamSynchronize(CUstream hStream)");
    eventCreate = functions.bind("CUresult cuEventCreate(CUevent *phEvent, unsigned int Flags)");
    eventDestroy = functions.bind("CUresult cuEventDestroy_v2(CUevent hEvent)");
    eventRecord = functions.bind("CUresult cuEventRecord(CUevent hEvent, CUstream hStream)");
    eventSynchronize = functions.bind("CUresult cuEventSynchronize(CUevent hEvent)");
    eventQuery = functions.bind("CUresult cuEventQuery(CUevent hEvent)");
  }

  /** Returns a new stream that does not wait for the default stream. */
  public long create() {
    try {
      status.check(
          (int) streamCreate.invokeExact(scratch.at(0), CU_STREAM_NON_BLOCKING), "cuStreamCreate");
      return scratch.getLong(0);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuStreamCreate", e);
    }
  }

  /** Destroys a stream; work in it is still done. */
  public void destroy(long stream) {
    try {
      status.check((int) streamDestroy.invokeExact(stream), "cuStreamDestroy_v2");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuStreamDestroy_v2", e);
    }
  }

  /** Waits until all work of the stream is done. Errors of that work appear here. */
  public void synchronize(long stream) {
    try {
      status.check((int) streamSynchronize.invokeExact(stream), "cuStreamSynchronize");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuStreamSynchronize", e);
    }
  }

  /**
   * Returns a new event.
   *
   * @param flags {@code CU_EVENT_…}, or-ed
   */
  public long createEvent(int flags) {
    try {
      status.check((int) eventCreate.invokeExact(scratch.at(0), flags), "cuEventCreate");
      return scratch.getLong(0);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuEventCreate", e);
    }
  }

  /** Destroys an event. */
  public void destroyEvent(long event) {
    try {
      status.check((int) eventDestroy.invokeExact(event), "cuEventDestroy_v2");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuEventDestroy_v2", e);
    }
  }

  /** Has the event happen when the work issued so far to the stream is done. */
  public void record(long event, long stream) {
    try {
      status.check((int) eventRecord.invokeExact(event, stream), "cuEventRecord");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuEventRecord", e);
    }
  }

  /** Waits until the event has happened; an event never recorded has. */
  public void synchronizeEvent(long event) {
    try {
      status.check((int) eventSynchronize.invokeExact(event), "cuEventSynchronize");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuEventSynchronize", e);
    }
  }

  /** Returns whether the event has happened. */
  public boolean happened(long event) {
    try {
      int result = (int) eventQuery.invokeExact(event);
      if (result != CudaStatus.CUDA_ERROR_NOT_READY) {
        status.check(result, "cuEventQuery");
      }
      return result == CudaStatus.CUDA_SUCCESS;
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuEventQuery", e);
    }
  }
}
