package org.lm4j.backend.cuda.cudnn;

import java.lang.invoke.MethodHandle;
import org.lm4j.backend.cuda.driver.Functions;
import org.lm4j.backend.cuda.driver.Scratch;
import org.lm4j.foreign.NativeLibrary;

/**
 * Locates the weights of an RNN in cuDNN's weight space, one block of device memory. Matrices are
 * row-major, {@code (H, D)} or {@code (H, H)}; only {@link #find} reports where the gates are.
 */
public final class CudnnWeights {
  private static final int MATRIX = 0; // words of what was found
  private static final int BIAS = 1;

  private final MethodHandle getRNNWeightSpaceSize;
  private final MethodHandle getRNNWeightParams;
  private final CudnnStatus status;
  private final Scratch scratch;
  private final Scratch found = new Scratch(); // its own: it is read after other calls

  CudnnWeights(Functions functions, CudnnStatus status, Scratch scratch) {
    this.status = status;
    this.scratch = scratch;
    getRNNWeightSpaceSize =
        functions.bind(
            "cudnnStatus_t cudnnGetRNNWeightSpaceSize(cudnnHandle_t handle, "
                + "cudnnRNNDescriptor_t rnnDesc, size_t *weightSpaceSize)");
    getRNNWeightParams =
        functions.bind(
            "cudnnStatus_t cudnnGetRNNWeightParams(cudnnHandle_t handle, "
                + "cudnnRNNDescriptor_t rnnDesc, int32_t pseudoLayer, size_t weightSpaceSize, "
                + "const void *weightSpace, int32_t linLayerID, cudnnTensorDescriptor_t mDesc, "
                + "void **mAddr, cudnnTensorDescriptor_t bDesc, void **bAddr)");
  }

  /** Returns the bytes of all weights and biases of an RNN, with gaps. */
  public long bytes(long handle, long rnn) {
    try {
      status.check(
          (int) getRNNWeightSpaceSize.invokeExact(handle, rnn, scratch.at(0)),
          "cudnnGetRNNWeightSpaceSize");
      return scratch.getLong(0);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cudnnGetRNNWeightSpaceSize", e);
    }
  }

  /**
   * Finds the matrix and the bias of one gate of one layer, whose addresses are then {@link
   * #matrix} and {@link #bias}.
   *
   * @param weights device address of the weight space, of {@code weightBytes} bytes
   * @param gate of an LSTM 0 to 3 for the input's i, f, g, o, 4 to 7 for the state's; of a GRU 0 to
   *     2 for the input's r, z, n, 3 to 5 for the state's; else 0 for the input, 1 for the state
   * @param matrixDescriptor of a tensor, set to the matrix's dimensions {@code (1, rows, columns)}
   * @param biasDescriptor of a tensor, set to the bias's dimensions {@code (1, H, 1)}
   */
  public void find( // the C prototype
      long handle,
      long rnn,
      int layer,
      long weightBytes,
      long weights,
      int gate,
      long matrixDescriptor,
      long biasDescriptor) {
    try {
      status.check(
          (int)
              getRNNWeightParams.invokeExact(
                  handle,
                  rnn,
                  layer,
                  weightBytes,
                  weights,
                  gate,
                  matrixDescriptor,
                  found.at(MATRIX),
                  biasDescriptor,
                  found.at(BIAS)),
          "cudnnGetRNNWeightParams");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cudnnGetRNNWeightParams", e);
    }
  }

  /** Returns the device address of the matrix found last; 0 if there is none. */
  public long matrix() {
    return found.getLong(MATRIX);
  }

  /** Returns the device address of the bias found last; 0 if there is none. */
  public long bias() {
    return found.getLong(BIAS);
  }
}
