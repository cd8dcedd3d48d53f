package org.lm4j.backend.cuda.cudnn;

import java.lang.invoke.MethodHandle;
import org.lm4j.backend.cuda.driver.Functions;
import org.lm4j.backend.cuda.driver.Scratch;
import org.lm4j.foreign.NativeLibrary;

/**
 * cuDNN 9, {@code libcudnn.so.9}: versions and handles, and the parts with descriptors and RNNs.
 *
 * <p>The library loads its parts as they are needed from the folder it lies in, and cuBLASLt by its
 * bare name, which is therefore to be opened before.
 */
public final class Cudnn {
  private static final long FIRST_WITH_BF16 = 91_300;

  private final MethodHandle getVersion;
  private final MethodHandle getCudartVersion;
  private final MethodHandle advVersionCheck;
  private final MethodHandle create;
  private final MethodHandle destroy;
  private final MethodHandle setStream;
  private final CudnnStatus status;
  private final Scratch scratch;
  private final CudnnDescriptors descriptors;
  private final CudnnRnn rnn;
  private final CudnnWeights weights;

  /** Binds the functions of an open {@code libcudnn.so.9}. */
  public static Cudnn of(NativeLibrary library) {
    return new Cudnn(Functions.of(library));
  }

  /** Binds the functions of an open cuDNN. */
  public Cudnn(Functions functions) {
    scratch = new Scratch();
    status = new CudnnStatus(functions, scratch);
    descriptors = new CudnnDescriptors(functions, status, scratch);
    rnn = new CudnnRnn(functions, status, scratch);
    weights = new CudnnWeights(functions, status, scratch);
    getVersion = functions.bind("size_t cudnnGetVersion(void)");
    getCudartVersion = functions.bind("size_t cudnnGetCudartVersion(void)");
    advVersionCheck = functions.bind("cudnnStatus_t cudnnAdvVersionCheck(void)");
    create = functions.bind("cudnnStatus_t cudnnCreate(cudnnHandle_t *handle)");
    destroy = functions.bind("cudnnStatus_t cudnnDestroy(cudnnHandle_t handle)");
    setStream =
        functions.bind("cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, cudaStream_t streamId)");
  }

  /** Returns the version, {@code 10000 · major + 100 · minor + patch}; needs no driver. */
  public long version() {
    try {
      return (long) getVersion.invokeExact();
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cudnnGetVersion", e);
    }
  }

  /** Returns the version as people write it, {@code 9.13.0}. */
  public String versionText() {
    long version = version();
    return version / 10_000 + "." + version / 100 % 100 + "." + version % 100;
  }

  /** Returns whether its RNNs compute in bfloat16: those of 9.13 were the first. */
  public boolean hasBf16() {
    return version() >= FIRST_WITH_BF16;
  }

  /**
   * Returns the CUDA version that cuDNN was built for, {@code 1000 · major + 10 · minor}; needs no
   * driver.
   */
  public long cudaVersion() {
    try {
      return (long) getCudartVersion.invokeExact();
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cudnnGetCudartVersion", e);
    }
  }

  /** Checks that the RNN part of the library is there and of the same version. */
  public void checkRnnPart() {
    try {
      status.check((int) advVersionCheck.invokeExact(), "cudnnAdvVersionCheck");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cudnnAdvVersionCheck", e);
    }
  }

  /** Creates a handle for the context that is current on this thread. */
  public long create() {
    try {
      status.check((int) create.invokeExact(scratch.at(0)), "cudnnCreate");
      return scratch.getLong(0);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cudnnCreate", e);
    }
  }

  /** Destroys a handle, after all work of the device. */
  public void destroy(long handle) {
    try {
      status.check((int) destroy.invokeExact(handle), "cudnnDestroy");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cudnnDestroy", e);
    }
  }

  /** Has the handle work in a stream. */
  public void setStream(long handle, long stream) {
    try {
      status.check((int) setStream.invokeExact(handle, stream), "cudnnSetStream");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cudnnSetStream", e);
    }
  }

  /** Returns the descriptors of tensors, of batches of sequences, and of dropout. */
  public CudnnDescriptors descriptors() {
    return descriptors;
  }

  /** Returns the descriptors of RNNs and their computations. */
  public CudnnRnn rnn() {
    return rnn;
  }

  /** Returns the functions that locate an RNN's weights. */
  public CudnnWeights weights() {
    return weights;
  }
}
