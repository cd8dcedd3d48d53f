package org.lm4j.backend.cuda.driver;

import java.lang.invoke.MethodHandle;
import org.lm4j.foreign.NativeLibrary;

/**
 * CUDA's driver API, {@code libcuda.so.1}: devices and contexts, and the parts with the rest.
 *
 * <p>Order of calls: {@link #initialize}, {@link #device}, {@link #retainPrimaryContext}, {@link
 * #setCurrentContext}, then anything else on the same thread.
 */
public final class CudaDriver {
  public static final int CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT = 16;
  public static final int CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR = 75;
  public static final int CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR = 76;

  private final MethodHandle init;
  private final MethodHandle driverGetVersion;
  private final MethodHandle deviceGetCount;
  private final MethodHandle deviceGet;
  private final MethodHandle deviceGetName;
  private final MethodHandle deviceGetAttribute;
  private final MethodHandle deviceGetPciBusId;
  private final MethodHandle deviceTotalMem;
  private final MethodHandle devicePrimaryCtxRetain;
  private final MethodHandle devicePrimaryCtxRelease;
  private final MethodHandle ctxSetCurrent;
  private final MethodHandle ctxSynchronize;
  private final CudaStatus status;
  private final Scratch scratch;
  private final CudaMemory memory;
  private final CudaStreams streams;
  private final CudaModules modules;
  private final CudaGraphs graphs;

  /** Binds the functions of an open driver. */
  public CudaDriver(Functions functions) {
    scratch = new Scratch();
    status = new CudaStatus(functions, scratch);
    memory = new CudaMemory(functions, status, scratch);
    streams = new CudaStreams(functions, status, scratch);
    modules = new CudaModules(functions, status, scratch);
    graphs = new CudaGraphs(functions, status, scratch);
    init = functions.bind("CUresult cuInit(unsigned int Flags)");
    driverGetVersion = functions.bind("CUresult cuDriverGetVersion(int *driverVersion)");
    deviceGetCount = functions.bind("CUresult cuDeviceGetCount(int *count)");
    deviceGet = functions.bind("CUresult cuDeviceGet(CUdevice *device, int ordinal)");
    deviceGetName = functions.bind("CUresult cuDeviceGetName(char *name, int len, CUdevice dev)");
    deviceGetAttribute =
        functions.bind(
            "CUresult cuDeviceGetAttribute(int *pi, CUdevice_attribute attrib, CUdevice " + "dev)");
    deviceGetPciBusId =
        functions.bind("CUresult cuDeviceGetPCIBusId(char *pciBusId, int len, CUdevice dev)");
    deviceTotalMem = functions.bind("CUresult cuDeviceTotalMem_v2(size_t *bytes, CUdevice dev)");
    devicePrimaryCtxRetain =
        functions.bind("CUresult cuDevicePrimaryCtxRetain(CUcontext *pctx, CUdevice dev)");
    devicePrimaryCtxRelease = functions.bind("CUresult cuDevicePrimaryCtxRelease_v2(CUdevice dev)");
    ctxSetCurrent = functions.bind("CUresult cuCtxSetCurrent(CUcontext ctx)");
    ctxSynchronize = functions.bind("CUresult cuCtxSynchronize(void)");
  }

  /** Starts the driver for this process; further calls do nothing. */
  public void initialize() {
    try {
      status.check((int) init.invokeExact(0), "cuInit");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuInit", e);
    }
  }

  /** Returns the newest CUDA the driver supports, {@code 1000 · major + 10 · minor}. */
  public int version() {
    try {
      status.check((int) driverGetVersion.invokeExact(scratch.at(0)), "cuDriverGetVersion");
      return scratch.getInt(0);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuDriverGetVersion", e);
    }
  }

  /** Returns how many GPUs there are. */
  public int deviceCount() {
    try {
      status.check((int) deviceGetCount.invokeExact(scratch.at(0)), "cuDeviceGetCount");
      return scratch.getInt(0);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuDeviceGetCount", e);
    }
  }

  /** Returns the GPU of this ordinal, counted from 0. */
  public int device(int ordinal) {
    try {
      status.check((int) deviceGet.invokeExact(scratch.at(0), ordinal), "cuDeviceGet");
      return scratch.getInt(0);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuDeviceGet", e);
    }
  }

  /** Returns the product name of a device. */
  public String deviceName(int device) {
    try {
      scratch.clear();
      status.check(
          (int) deviceGetName.invokeExact(scratch.at(0), Scratch.BYTES, device), "cuDeviceGetName");
      return scratch.text();
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuDeviceGetName", e);
    }
  }

  /** Returns where a device is on its machine, {@code 0000:3B:00.0}. */
  public String busId(int device) {
    try {
      scratch.clear();
      status.check(
          (int) deviceGetPciBusId.invokeExact(scratch.at(0), Scratch.BYTES, device),
          "cuDeviceGetPCIBusId");
      return scratch.text();
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuDeviceGetPCIBusId", e);
    }
  }

  /** Returns an attribute of a device, {@code CU_DEVICE_ATTRIBUTE_…}. */
  public int attribute(int attribute, int device) {
    try {
      status.check(
          (int) deviceGetAttribute.invokeExact(scratch.at(0), attribute, device),
          "cuDeviceGetAttribute");
      return scratch.getInt(0);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuDeviceGetAttribute", e);
    }
  }

  /** Returns the bytes of a device's memory. */
  public long totalMemory(int device) {
    try {
      status.check((int) deviceTotalMem.invokeExact(scratch.at(0), device), "cuDeviceTotalMem_v2");
      return scratch.getLong(0);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuDeviceTotalMem_v2", e);
    }
  }

  /**
   * Returns the context that cuBLAS and cuDNN also use, created if needed; each call requires one
   * {@link #releasePrimaryContext}.
   */
  public long retainPrimaryContext(int device) {
    try {
      status.check(
          (int) devicePrimaryCtxRetain.invokeExact(scratch.at(0), device),
          "cuDevicePrimaryCtxRetain");
      return scratch.getLong(0);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuDevicePrimaryCtxRetain", e);
    }
  }

  /** Releases the primary context; the last release destroys it with everything allocated in it. */
  public void releasePrimaryContext(int device) {
    try {
      status.check(
          (int) devicePrimaryCtxRelease.invokeExact(device), "cuDevicePrimaryCtxRelease_v2");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuDevicePrimaryCtxRelease_v2", e);
    }
  }

  /** Makes the context, or none for 0, current on the calling thread. */
  public void setCurrentContext(long context) {
    try {
      status.check((int) ctxSetCurrent.invokeExact(context), "cuCtxSetCurrent");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuCtxSetCurrent", e);
    }
  }

  /** Waits until all work of the current context is done. */
  void synchronize() {
    try {
      status.check((int) ctxSynchronize.invokeExact(), "cuCtxSynchronize");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuCtxSynchronize", e);
    }
  }

  /** Binds the functions of an open {@code libcuda.so.1}. */
  public static CudaDriver of(NativeLibrary library) {
    return new CudaDriver(Functions.of(library));
  }

  /** Returns the functions for memory of device and host, and copies between them. */
  public CudaMemory memory() {
    return memory;
  }

  /** Returns the functions for streams and events. */
  public CudaStreams streams() {
    return streams;
  }

  /** Returns the functions for modules and their kernels. */
  public CudaModules modules() {
    return modules;
  }

  /** Returns the functions for graphs and for capturing a stream into one. */
  public CudaGraphs graphs() {
    return graphs;
  }
}
