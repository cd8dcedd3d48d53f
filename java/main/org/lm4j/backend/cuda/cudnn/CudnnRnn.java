package org.lm4j.backend.cuda.cudnn;

import java.lang.invoke.MethodHandle;
import org.lm4j.backend.cuda.driver.Functions;
import org.lm4j.backend.cuda.driver.Scratch;
import org.lm4j.foreign.NativeLibrary;

/**
 * cuDNN's RNNs, with the functions of its version 8 and later: descriptors, the forward pass, and
 * the two backward passes. All layers have H units.
 */
public final class CudnnRnn {
  public static final int CUDNN_RNN_ALGO_STANDARD = 0;
  static final int CUDNN_RNN_ALGO_PERSIST_STATIC = 1;
  public static final int CUDNN_RNN_ALGO_PERSIST_STATIC_SMALL_H = 3;
  public static final int CUDNN_RNN_RELU = 0;
  public static final int CUDNN_RNN_TANH = 1;
  public static final int CUDNN_LSTM = 2;
  public static final int CUDNN_GRU = 3;
  static final int CUDNN_RNN_DOUBLE_BIAS = 2;
  static final int CUDNN_UNIDIRECTIONAL = 0;
  static final int CUDNN_LINEAR_INPUT = 0;
  static final int CUDNN_RNN_PADDED_IO_ENABLED = 1;
  public static final int CUDNN_FWD_MODE_INFERENCE = 0;
  public static final int CUDNN_FWD_MODE_TRAINING = 1;
  static final int CUDNN_WGRAD_MODE_ADD = 0;
  public static final int CUDNN_DEFAULT_MATH = 0;
  public static final int CUDNN_TENSOR_OP_MATH = 1;
  public static final int CUDNN_FMA_MATH = 3;

  private static final int WORK = 0; // words of the answers
  private static final int RESERVE = 1;

  private final MethodHandle createRNNDescriptor;
  private final MethodHandle destroyRNNDescriptor;
  private final MethodHandle setRNNDescriptor;
  private final MethodHandle getRNNTempSpaceSizes;
  private final MethodHandle rNNForward;
  private final MethodHandle rNNBackwardData;
  private final MethodHandle rNNBackwardWeights;
  private final CudnnStatus status;
  private final Scratch scratch;
  private final Scratch answers = new Scratch(); // its own: they are read after other calls

  CudnnRnn(Functions functions, CudnnStatus status, Scratch scratch) {
    this.status = status;
    this.scratch = scratch;
    createRNNDescriptor =
        functions.bind("cudnnStatus_t cudnnCreateRNNDescriptor(cudnnRNNDescriptor_t *desc)");
    destroyRNNDescriptor =
        functions.bind("cudnnStatus_t cudnnDestroyRNNDescriptor(cudnnRNNDescriptor_t desc)");
    setRNNDescriptor =
        functions.bind(
            "cudnnStatus_t cudnnSetRNNDescriptor_v8(cudnnRNNDescriptor_t rnnDesc, "
                + "cudnnRNNAlgo_t algo, cudnnRNNMode_t cellMode, cudnnRNNBiasMode_t biasMode, "
                + "cudnnDirectionMode_t dirMode, cudnnRNNInputMode_t inputMode, cudnnDataType_t "
                + "dataType, cudnnDataType_t mathPrec, cudnnMathType_t mathType, int32_t "
                + "inputSize, int32_t hiddenSize, int32_t projSize, int32_t numLayers, "
                + "cudnnDropoutDescriptor_t dropoutDesc, uint32_t auxFlags)");
    getRNNTempSpaceSizes =
        functions.bind(
            "cudnnStatus_t cudnnGetRNNTempSpaceSizes(cudnnHandle_t handle, "
                + "cudnnRNNDescriptor_t rnnDesc, cudnnForwardMode_t fwdMode, "
                + "cudnnRNNDataDescriptor_t xDesc, size_t *workSpaceSize, size_t "
                + "*reserveSpaceSize)");
    rNNForward =
        functions.bind(
            "cudnnStatus_t cudnnRNNForward(cudnnHandle_t handle, cudnnRNNDescriptor_t "
                + "rnnDesc, cudnnForwardMode_t fwdMode, const int32_t devSeqLengths[], "
                + "cudnnRNNDataDescriptor_t xDesc, const void *x, cudnnRNNDataDescriptor_t "
                + "yDesc, void *y, cudnnTensorDescriptor_t hDesc, const void *hx, void *hy, "
                + "cudnnTensorDescriptor_t cDesc, const void *cx, void *cy, size_t "
                + "weightSpaceSize, const void *weightSpace, size_t workSpaceSize, void "
                + "*workSpace, size_t reserveSpaceSize, void *reserveSpace)");
    rNNBackwardData =
        functions.bind(
            "cudnnStatus_t cudnnRNNBackwardData_v8(cudnnHandle_t handle, "
                + "cudnnRNNDescriptor_t rnnDesc, const int32_t devSeqLengths[], "
                + "cudnnRNNDataDescriptor_t yDesc, const void *y, const void *dy, "
                + "cudnnRNNDataDescriptor_t xDesc, void *dx, cudnnTensorDescriptor_t hDesc, "
                + "const void *hx, const void *dhy, void *dhx, cudnnTensorDescriptor_t cDesc, "
                + "const void *cx, const void *dcy, void *dcx, size_t weightSpaceSize, const "
                + "void *weightSpace, size_t workSpaceSize, void *workSpace, size_t "
                + "reserveSpaceSize, void *reserveSpace)");
    rNNBackwardWeights =
        functions.bind(
            "cudnnStatus_t cudnnRNNBackwardWeights_v8(cudnnHandle_t handle, "
                + "cudnnRNNDescriptor_t rnnDesc, cudnnWgradMode_t addGrad, const int32_t "
                + "devSeqLengths[], cudnnRNNDataDescriptor_t xDesc, const void *x, "
                + "cudnnTensorDescriptor_t hDesc, const void *hx, cudnnRNNDataDescriptor_t "
                + "yDesc, const void *y, size_t weightSpaceSize, void *dweightSpace, size_t "
                + "workSpaceSize, void *workSpace, size_t reserveSpaceSize, void *reserveSpace)");
  }

  /** Returns a new descriptor of an RNN. */
  public long create() {
    try {
      status.check(
          (int) createRNNDescriptor.invokeExact(scratch.at(0)), "cudnnCreateRNNDescriptor");
      return scratch.getLong(0);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cudnnCreateRNNDescriptor", e);
    }
  }

  /** Destroys a descriptor. */
  public void destroy(long descriptor) {
    try {
      status.check((int) destroyRNNDescriptor.invokeExact(descriptor), "cudnnDestroyRNNDescriptor");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cudnnDestroyRNNDescriptor", e);
    }
  }

  /**
   * Describes an RNN from first to last step, without projection, with two biases a gate.
   *
   * @param algorithm {@code CUDNN_RNN_ALGO_…}
   * @param cell {@code CUDNN_RNN_RELU}, {@code CUDNN_RNN_TANH}, {@code CUDNN_LSTM} or {@code
   *     CUDNN_GRU}
   * @param dataType {@code CUDNN_DATA_…} of weights and activations; what is added up is float
   * @param mathType {@code CUDNN_…_MATH}
   * @param input D, of the first layer
   * @param hidden H
   * @param layers L
   * @param dropout a descriptor of dropout
   */
  public void set( // the C prototype, less what is always the same
      long descriptor,
      int algorithm,
      int cell,
      int dataType,
      int mathType,
      int input,
      int hidden,
      int layers,
      long dropout) {
    try {
      status.check(
          (int)
              setRNNDescriptor.invokeExact(
                  descriptor,
                  algorithm,
                  cell,
                  CUDNN_RNN_DOUBLE_BIAS,
                  CUDNN_UNIDIRECTIONAL,
                  CUDNN_LINEAR_INPUT,
                  dataType,
                  CudnnDescriptors.CUDNN_DATA_FLOAT,
                  mathType,
                  input,
                  hidden,
                  hidden,
                  layers,
                  dropout,
                  CUDNN_RNN_PADDED_IO_ENABLED),
          "cudnnSetRNNDescriptor_v8");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cudnnSetRNNDescriptor_v8", e);
    }
  }

  /**
   * Queries the memory that calls need; {@link #workBytes} and {@link #reserveBytes} then return
   * it.
   *
   * @param mode {@code CUDNN_FWD_MODE_…}
   * @param x descriptor of the input
   */
  public void askTemporary(long handle, long rnn, int mode, long x) {
    try {
      status.check(
          (int)
              getRNNTempSpaceSizes.invokeExact(
                  handle, rnn, mode, x, answers.at(WORK), answers.at(RESERVE)),
          "cudnnGetRNNTempSpaceSizes");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cudnnGetRNNTempSpaceSizes", e);
    }
  }

  /**
   * Issues the forward pass.
   *
   * <p>States in that are 0 are zeros, states out that are 0 are not written. {@code xDesc}, {@code
   * yDesc}, {@code hDesc} and {@code cDesc} describe, all else without unit are device addresses.
   *
   * @param mode {@code CUDNN_FWD_MODE_…}; a training one writes the reserve space
   */
  public void forward( // the C prototype, less the lengths
      long handle,
      long rnn,
      int mode,
      long xDesc,
      long x,
      long yDesc,
      long y,
      long hDesc,
      long hx,
      long hy,
      long cDesc,
      long cx,
      long cy,
      long weightBytes,
      long weights,
      long workBytes,
      long work,
      long reserveBytes,
      long reserve) {
    try {
      status.check(
          (int)
              rNNForward.invokeExact(
                  handle,
                  rnn,
                  mode,
                  0L,
                  xDesc,
                  x,
                  yDesc,
                  y,
                  hDesc,
                  hx,
                  hy,
                  cDesc,
                  cx,
                  cy,
                  weightBytes,
                  weights,
                  workBytes,
                  work,
                  reserveBytes,
                  reserve),
          "cudnnRNNForward");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cudnnRNNForward", e);
    }
  }

  /**
   * Issues the backward pass to the input and the states; after {@link #forward} in training mode
   * on the same reserve space, which it changes. It overwrites {@code dx}, {@code dhx} and {@code
   * dcx}.
   *
   * <p>Gradients in that are 0 are zeros, gradients of states that are 0 are not written.
   */
  public void backwardData( // the C prototype, less the lengths
      long handle,
      long rnn,
      long yDesc,
      long y,
      long dy,
      long xDesc,
      long dx,
      long hDesc,
      long hx,
      long dhy,
      long dhx,
      long cDesc,
      long cx,
      long dcy,
      long dcx,
      long weightBytes,
      long weights,
      long workBytes,
      long work,
      long reserveBytes,
      long reserve) {
    try {
      status.check(
          (int)
              rNNBackwardData.invokeExact(
                  handle,
                  rnn,
                  0L,
                  yDesc,
                  y,
                  dy,
                  xDesc,
                  dx,
                  hDesc,
                  hx,
                  dhy,
                  dhx,
                  cDesc,
                  cx,
                  dcy,
                  dcx,
                  weightBytes,
                  weights,
                  workBytes,
                  work,
                  reserveBytes,
                  reserve),
          "cudnnRNNBackwardData_v8");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cudnnRNNBackwardData_v8", e);
    }
  }

  /**
   * Issues the backward pass to the weights, which adds to {@code dWeights}; after {@link
   * #backwardData} on the same reserve space.
   */
  public void backwardWeights( // the C prototype, less the lengths and the mode
      long handle,
      long rnn,
      long xDesc,
      long x,
      long hDesc,
      long hx,
      long yDesc,
      long y,
      long weightBytes,
      long dWeights,
      long workBytes,
      long work,
      long reserveBytes,
      long reserve) {
    try {
      status.check(
          (int)
              rNNBackwardWeights.invokeExact(
                  handle,
                  rnn,
                  CUDNN_WGRAD_MODE_ADD,
                  0L,
                  xDesc,
                  x,
                  hDesc,
                  hx,
                  yDesc,
                  y,
                  weightBytes,
                  dWeights,
                  workBytes,
                  work,
                  reserveBytes,
                  reserve),
          "cudnnRNNBackwardWeights_v8");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cudnnRNNBackwardWeights_v8", e);
    }
  }

  /** Returns the bytes of the work space queried last, whose contents may be lost between calls. */
  public long workBytes() {
    return answers.getLong(WORK);
  }

  /**
   * Returns the bytes of the reserve space queried last; each forward pass keeps one until its
   * backward pass.
   */
  public long reserveBytes() {
    return answers.getLong(RESERVE);
  }
}
