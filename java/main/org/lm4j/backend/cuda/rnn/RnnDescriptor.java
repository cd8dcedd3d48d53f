package org.lm4j.backend.cuda.rnn;

import org.lm4j.backend.cuda.cudnn.CudnnRnn;
import org.lm4j.backend.cuda.device.CudaDevice;
import org.lm4j.compute.Cell;
import org.lm4j.compute.Precision;
import org.lm4j.compute.RnnSpec;

/** cuDNN's description of some neighbouring layers of a stack. */
public final class RnnDescriptor implements AutoCloseable {
  private static final int NONE = -1;

  private final CudnnRnn rnn;
  private final long handle;

  /**
   * Describes layers {@code first} to {@code first + layers - 1}.
   *
   * @param dataType {@code CUDNN_DATA_…} of weights and activations
   */
  RnnDescriptor(CudaDevice device, RnnSpec spec, int first, int layers, int dataType) {
    int cell = mode(spec.cell());
    if (cell == NONE) {
      throw new IllegalArgumentException("cuDNN has no cell " + spec.cell().label());
    }
    this.rnn = device.cudnn().rnn();
    this.handle = rnn.create();
    try {
      rnn.set(
          handle,
          CudnnRnn.CUDNN_RNN_ALGO_STANDARD,
          cell,
          dataType,
          math(device.precision()),
          spec.inputSize(first),
          spec.hiddenSize(),
          layers,
          device.noDropout());
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Returns whether cuDNN has {@code cell}. */
  public static boolean supports(Cell cell) {
    return mode(cell) != NONE;
  }

  private static int mode(Cell cell) {
    return switch (cell) {
      case RNN_TANH -> CudnnRnn.CUDNN_RNN_TANH;
      case RNN_RELU -> CudnnRnn.CUDNN_RNN_RELU;
      case LSTM -> CudnnRnn.CUDNN_LSTM;
      case GRU -> CudnnRnn.CUDNN_GRU;
      default -> NONE;
    };
  }

  /**
   * Returns the math type: by default cuDNN uses tf32 where available, and may leave tensor cores
   * unused for factors of 16 bits.
   */
  private static int math(Precision precision) {
    return switch (precision) {
      case FP32 -> CudnnRnn.CUDNN_FMA_MATH;
      case TF32 -> CudnnRnn.CUDNN_DEFAULT_MATH;
      case BF16 -> CudnnRnn.CUDNN_TENSOR_OP_MATH;
    };
  }

  long handle() {
    return handle;
  }

  @Override
  public void close() {
    rnn.destroy(handle);
  }
}
