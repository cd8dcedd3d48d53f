package org.lm4j.backend.cuda.driver;

import java.lang.invoke.MethodHandle;
import org.lm4j.foreign.NativeLibrary;

/**
 * Memory of the device and pinned memory of the host, copies and fills.
 *
 * <p>Sizes are in bytes unless said, offsets are added to the addresses by the caller.
 */
public final class CudaMemory {
  private final MethodHandle memAlloc;
  private final MethodHandle memFree;
  private final MethodHandle memGetInfo;
  private final MethodHandle memHostAlloc;
  private final MethodHandle memFreeHost;
  private final MethodHandle memcpyHtoDAsync;
  private final MethodHandle memcpyDtoHAsync;
  private final MethodHandle memcpyDtoDAsync;
  private final MethodHandle memsetD8Async;
  private final MethodHandle memsetD32Async;
  private final CudaStatus status;
  private final Scratch scratch;

  CudaMemory(Functions functions, CudaStatus status, Scratch scratch) {
    this.status = status;
    this.scratch = scratch;
    memAlloc = functions.bind("CUresult cuMemAlloc_v2(CUdeviceptr *dptr, size_t bytesize)");
    memFree = functions.bind("CUresult cuMemFree_v2(CUdeviceptr dptr)");
    memGetInfo = functions.bind("CUresult cuMemGetInfo_v2(size_t *free, size_t *total)");
    memHostAlloc =
        functions.bind("CUresult cuMemHostAlloc(void **pp, size_t bytesize, unsigned int Flags)");
    memFreeHost = functions.bind("CUresult cuMemFreeHost(void *p)");
    memcpyHtoDAsync =
        functions.bind(
            "CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr dstDevice, const void *srcHost, "
                + "size_t ByteCount, CUstream hStream)");
    memcpyDtoHAsync =
        functions.bind(
            "CUresult cuMemcpyDtoHAsync_v2(void *dstHost, CUdeviceptr srcDevice, size_t "
                + "ByteCount, CUstream hStream)");
    memcpyDtoDAsync =
        functions.bind(
            "CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr dstDevice, CUdeviceptr srcDevice, "
                + "size_t ByteCount, CUstream hStream)");
    memsetD8Async =
        functions.bind(
            "CUresult cuMemsetD8Async(CUdeviceptr dstDevice, unsigned char uc, size_t N, "
                + "CUstream hStream)");
    memsetD32Async =
        functions.bind(
            "CUresult cuMemsetD32Async(CUdeviceptr dstDevice, unsigned int ui, size_t N, "
                + "CUstream hStream)");
  }

  /**
   * Returns a new block of device memory, aligned to 256 bytes at least; its contents are
   * undefined. Not while a stream captures.
   */
  public long allocate(long bytes) {
    try {
      status.check((int) memAlloc.invokeExact(scratch.at(0), bytes), "cuMemAlloc_v2");
      return scratch.getLong(0);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuMemAlloc_v2", e);
    }
  }

  /** Frees a block of device memory, after all work that uses it. Not while a stream captures. */
  public void free(long device) {
    try {
      status.check((int) memFree.invokeExact(device), "cuMemFree_v2");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuMemFree_v2", e);
    }
  }

  /** Returns the bytes of free device memory. */
  public long freeBytes() {
    try {
      status.check((int) memGetInfo.invokeExact(scratch.at(0), scratch.at(1)), "cuMemGetInfo_v2");
      return scratch.getLong(0);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuMemGetInfo_v2", e);
    }
  }

  /** Allocates host memory that the device can copy from and to while the CPU continues. */
  public long allocatePinned(long bytes) {
    try {
      status.check((int) memHostAlloc.invokeExact(scratch.at(0), bytes, 0), "cuMemHostAlloc");
      return scratch.getLong(0);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuMemHostAlloc", e);
    }
  }

  /** Frees a block of {@link #allocatePinned}. */
  public void freePinned(long host) {
    try {
      status.check((int) memFreeHost.invokeExact(host), "cuMemFreeHost");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuMemFreeHost", e);
    }
  }

  /** Copies from pinned host memory to the device, in the order of the stream. */
  public void copyToDeviceAsync(long device, long host, long bytes, long stream) {
    try {
      status.check(
          (int) memcpyHtoDAsync.invokeExact(device, host, bytes, stream), "cuMemcpyHtoDAsync_v2");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuMemcpyHtoDAsync_v2", e);
    }
  }

  /** Copies from the device to pinned host memory, in the order of the stream. */
  public void copyToHostAsync(long host, long device, long bytes, long stream) {
    try {
      status.check(
          (int) memcpyDtoHAsync.invokeExact(host, device, bytes, stream), "cuMemcpyDtoHAsync_v2");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuMemcpyDtoHAsync_v2", e);
    }
  }

  /** Copies within the device, in the order of the stream; the two must not overlap. */
  public void copyAsync(long target, long source, long bytes, long stream) {
    try {
      status.check(
          (int) memcpyDtoDAsync.invokeExact(target, source, bytes, stream), "cuMemcpyDtoDAsync_v2");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuMemcpyDtoDAsync_v2", e);
    }
  }

  /** Sets every byte, in the order of the stream. */
  public void fillBytesAsync(long device, byte value, long bytes, long stream) {
    try {
      status.check(
          (int) memsetD8Async.invokeExact(device, value, bytes, stream), "cuMemsetD8Async");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuMemsetD8Async", e);
    }
  }

  /** Sets every 32-bit word, in the order of the stream. */
  public void fillWordsAsync(long device, int value, long words, long stream) {
    try {
      status.check(
          (int) memsetD32Async.invokeExact(device, value, words, stream), "cuMemsetD32Async");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuMemsetD32Async", e);
    }
  }
}
