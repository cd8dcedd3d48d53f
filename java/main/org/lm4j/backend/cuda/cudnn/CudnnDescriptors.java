package org.lm4j.backend.cuda.cudnn;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.lm4j.backend.cuda.driver.Functions;
import org.lm4j.backend.cuda.driver.Scratch;
import org.lm4j.foreign.NativeLibrary;

/**
 * Descriptors of tensors, of batches of sequences, and of dropout. None of them needs a driver, but
 * for {@link #setNoDropout}.
 */
public final class CudnnDescriptors {
  public static final int CUDNN_DATA_FLOAT = 0;
  public static final int CUDNN_DATA_BFLOAT16 = 9;
  static final int CUDNN_RNN_DATA_LAYOUT_SEQ_MAJOR_UNPACKED = 0;

  private static final int MOST_DIMS = 8; // of a tensor
  private static final int TYPE = MOST_DIMS; // words of the scratch memory, behind the dimensions
  private static final int COUNT = TYPE + 1; // and strides, two to a word

  private final MethodHandle createTensorDescriptor;
  private final MethodHandle destroyTensorDescriptor;
  private final MethodHandle setTensorNdDescriptor;
  private final MethodHandle getTensorNdDescriptor;
  private final MethodHandle getTensorSizeInBytes;
  private final MethodHandle createRNNDataDescriptor;
  private final MethodHandle destroyRNNDataDescriptor;
  private final MethodHandle setRNNDataDescriptor;
  private final MethodHandle createDropoutDescriptor;
  private final MethodHandle destroyDropoutDescriptor;
  private final MethodHandle setDropoutDescriptor;
  private final CudnnStatus status;
  private final Scratch scratch;

  CudnnDescriptors(Functions functions, CudnnStatus status, Scratch scratch) {
    this.status = status;
    this.scratch = scratch;
    createTensorDescriptor =
        functions.bind("cudnnStatus_t cudnnCreateTensorDescriptor(cudnnTensorDescriptor_t *desc)");
    destroyTensorDescriptor =
        functions.bind("cudnnStatus_t cudnnDestroyTensorDescriptor(cudnnTensorDescriptor_t desc)");
    setTensorNdDescriptor =
        functions.bind(
            "cudnnStatus_t cudnnSetTensorNdDescriptor(cudnnTensorDescriptor_t tensorDesc, "
                + "cudnnDataType_t dataType, int nbDims, const int dimA[], const int strideA[])");
    getTensorNdDescriptor =
        functions.bind(
            "cudnnStatus_t cudnnGetTensorNdDescriptor(const cudnnTensorDescriptor_t "
                + "tensorDesc, int nbDimsRequested, cudnnDataType_t *dataType, int *nbDims, int "
                + "dimA[], int strideA[])");
    getTensorSizeInBytes =
        functions.bind(
            "cudnnStatus_t cudnnGetTensorSizeInBytes(const cudnnTensorDescriptor_t "
                + "tensorDesc, size_t *size)");
    createRNNDataDescriptor =
        functions.bind(
            "cudnnStatus_t cudnnCreateRNNDataDescriptor(cudnnRNNDataDescriptor_t *rnnDataDesc)");
    destroyRNNDataDescriptor =
        functions.bind(
            "cudnnStatus_t cudnnDestroyRNNDataDescriptor(cudnnRNNDataDescriptor_t rnnDataDesc)");
    setRNNDataDescriptor =
        functions.bind(
            "cudnnStatus_t cudnnSetRNNDataDescriptor(cudnnRNNDataDescriptor_t "
                + "rnnDataDesc, cudnnDataType_t dataType, cudnnRNNDataLayout_t layout, int "
                + "maxSeqLength, int batchSize, int vectorSize, const int seqLengthArray[], "
                + "void *paddingFill)");
    createDropoutDescriptor =
        functions.bind(
            "cudnnStatus_t cudnnCreateDropoutDescriptor(cudnnDropoutDescriptor_t *desc)");
    destroyDropoutDescriptor =
        functions.bind(
            "cudnnStatus_t cudnnDestroyDropoutDescriptor(cudnnDropoutDescriptor_t desc)");
    setDropoutDescriptor =
        functions.bind(
            "cudnnStatus_t cudnnSetDropoutDescriptor(cudnnDropoutDescriptor_t "
                + "dropoutDesc, cudnnHandle_t handle, float dropout, void *states, size_t "
                + "stateSizeInBytes, unsigned long long seed)");
  }

  /** Returns a new descriptor of a tensor. */
  public long createTensor() {
    try {
      status.check(
          (int) createTensorDescriptor.invokeExact(scratch.at(0)), "cudnnCreateTensorDescriptor");
      return scratch.getLong(0);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cudnnCreateTensorDescriptor", e);
    }
  }

  /** Destroys a descriptor. */
  public void destroyTensor(long descriptor) {
    try {
      status.check(
          (int) destroyTensorDescriptor.invokeExact(descriptor), "cudnnDestroyTensorDescriptor");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cudnnDestroyTensorDescriptor", e);
    }
  }

  /**
   * Describes a tensor whose rows follow each other without gaps.
   *
   * @param dims 3 to 8 of them
   */
  public void setTensor(long descriptor, int dataType, int... dims) {
    try {
      int stride = 1;
      for (int i = dims.length - 1; i >= 0; i--) {
        scratch.setInt32(i, dims[i]);
        scratch.setInt32(MOST_DIMS + i, stride);
        stride = Math.multiplyExact(stride, dims[i]);
      }
      status.check(
          (int)
              setTensorNdDescriptor.invokeExact(
                  descriptor, dataType, dims.length, scratch.at(0), scratch.at(MOST_DIMS / 2)),
          "cudnnSetTensorNdDescriptor");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cudnnSetTensorNdDescriptor", e);
    }
  }

  /** Returns the dimensions of a tensor that was described. */
  public int[] dimensions(long descriptor) {
    try {
      status.check(
          (int)
              getTensorNdDescriptor.invokeExact(
                  descriptor,
                  MOST_DIMS,
                  scratch.at(TYPE),
                  scratch.at(COUNT),
                  scratch.at(0),
                  scratch.at(MOST_DIMS / 2)),
          "cudnnGetTensorNdDescriptor");
      int[] dims = new int[scratch.getInt(COUNT)];
      for (int i = 0; i < dims.length; i++) {
        dims[i] = scratch.getInt32(i);
      }
      return dims;
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cudnnGetTensorNdDescriptor", e);
    }
  }

  /** Bytes of a tensor that was described. */
  public long tensorBytes(long descriptor) {
    try {
      status.check(
          (int) getTensorSizeInBytes.invokeExact(descriptor, scratch.at(0)),
          "cudnnGetTensorSizeInBytes");
      return scratch.getLong(0);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cudnnGetTensorSizeInBytes", e);
    }
  }

  /** Returns a new descriptor of a batch of sequences. */
  public long createSequences() {
    try {
      status.check(
          (int) createRNNDataDescriptor.invokeExact(scratch.at(0)), "cudnnCreateRNNDataDescriptor");
      return scratch.getLong(0);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cudnnCreateRNNDataDescriptor", e);
    }
  }

  /** Destroys a descriptor. */
  public void destroySequences(long descriptor) {
    try {
      status.check(
          (int) destroyRNNDataDescriptor.invokeExact(descriptor), "cudnnDestroyRNNDataDescriptor");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cudnnDestroyRNNDataDescriptor", e);
    }
  }

  /** Returns a new descriptor of dropout. */
  public long createDropout() {
    try {
      status.check(
          (int) createDropoutDescriptor.invokeExact(scratch.at(0)), "cudnnCreateDropoutDescriptor");
      return scratch.getLong(0);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cudnnCreateDropoutDescriptor", e);
    }
  }

  /** Destroys a descriptor. */
  public void destroyDropout(long descriptor) {
    try {
      status.check(
          (int) destroyDropoutDescriptor.invokeExact(descriptor), "cudnnDestroyDropoutDescriptor");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cudnnDestroyDropoutDescriptor", e);
    }
  }

  /**
   * Describes the absence of dropout, which needs no state of a generator: lm4j draws its own
   * masks.
   */
  public void setNoDropout(long descriptor, long handle) {
    try {
      status.check(
          (int) setDropoutDescriptor.invokeExact(descriptor, handle, 0f, 0L, 0L, 0L),
          "cudnnSetDropoutDescriptor");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cudnnSetDropoutDescriptor", e);
    }
  }

  /**
   * Describes {@code (T, B, vector)} in which every sequence has T steps.
   *
   * @param steps T
   * @param batch B
   * @param vector elements of one step of one sequence
   */
  public void setSequences(long descriptor, int dataType, int steps, int batch, int vector) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment lengths = arena.allocate(ValueLayout.JAVA_INT, Math.max(batch, 1));
      for (int i = 0; i < batch; i++) {
        lengths.setAtIndex(ValueLayout.JAVA_INT, i, steps);
      }
      int layout = CUDNN_RNN_DATA_LAYOUT_SEQ_MAJOR_UNPACKED;
      status.check(
          (int)
              setRNNDataDescriptor.invokeExact(
                  descriptor, dataType, layout, steps, batch, vector, lengths.address(), 0L),
          "cudnnSetRNNDataDescriptor");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cudnnSetRNNDataDescriptor", e);
    }
  }
}
