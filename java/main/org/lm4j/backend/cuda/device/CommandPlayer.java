package org.lm4j.backend.cuda.device;

import org.lm4j.backend.cuda.cublas.Cublas;
import org.lm4j.backend.cuda.cudnn.CudnnRnn;
import org.lm4j.backend.cuda.driver.CudaException;
import org.lm4j.backend.cuda.driver.CudaMemory;
import org.lm4j.backend.cuda.driver.CudaModules;
import org.lm4j.backend.cuda.driver.LaunchArguments;
import org.lm4j.compute.Precision;

/**
 * Issues the commands of a list to the device, in order. Allocates nothing and waits for nothing.
 */
final class CommandPlayer {
  private final CudaMemory memory;
  private final CudaModules modules;
  private final Cublas cublas;
  private final CudnnRnn rnn;
  private final long stream;
  private final CudaDevice device; // whose handles may be made anew
  private final int floatCompute; // how products of floats are computed
  private final LaunchArguments arguments = new LaunchArguments();

  CommandPlayer(CudaDevice device) {
    this.memory = device.driver().memory();
    this.modules = device.driver().modules();
    this.cublas = device.cublas();
    this.rnn = device.cudnn().rnn();
    this.stream = device.stream();
    this.device = device;
    this.floatCompute =
        device.precision() == Precision.FP32
            ? Cublas.CUBLAS_COMPUTE_32F
            : Cublas.CUBLAS_COMPUTE_32F_FAST_TF32;
  }

  void play(CommandList list) {
    int at = 0;
    while (at < list.size()) {
      int words = at + 1;
      int length = list.length(at);
      switch (list.kind(at)) {
        case CommandList.LAUNCH -> launch(list, words, length);
        case CommandList.GEMM -> gemm(list, words);
        case CommandList.BATCHED_GEMM -> batchedGemm(list, words);
        case CommandList.COPY ->
            memory.copyAsync(list.word(words), list.word(words + 1), list.word(words + 2), stream);
        case CommandList.FILL ->
            memory.fillWordsAsync(
                list.word(words), (int) list.word(words + 1), list.word(words + 2), stream);
        case CommandList.RNN_FORWARD -> rnn(list, words, this::rnnForward);
        case CommandList.RNN_BACKWARD_DATA -> rnn(list, words, this::rnnBackwardData);
        case CommandList.RNN_BACKWARD_WEIGHTS -> rnn(list, words, this::rnnBackwardWeights);
        default -> throw new IllegalStateException("no such command: " + list.kind(at));
      }
      at = words + length;
    }
  }

  private void launch(CommandList list, int at, int length) {
    for (int i = Launches.HEAD; i < length; i++) {
      arguments.set(i - Launches.HEAD, list.word(at + i));
    }
    modules.launch(
        list.word(at),
        (int) list.word(at + 1),
        1,
        (int) list.word(at + 2),
        1,
        0,
        stream,
        arguments.address());
  }

  private void gemm(CommandList list, int at) {
    int type = (int) list.word(at + 13);
    cublas.gemm(
        device.cublasHandle(),
        (int) list.word(at),
        (int) list.word(at + 1),
        (int) list.word(at + 2),
        (int) list.word(at + 3),
        (int) list.word(at + 4),
        Float.intBitsToFloat((int) list.word(at + 5)),
        list.word(at + 6),
        type,
        (int) list.word(at + 7),
        list.word(at + 8),
        type,
        (int) list.word(at + 9),
        Float.intBitsToFloat((int) list.word(at + 10)),
        list.word(at + 11),
        Cublas.CUDA_R_32F,
        (int) list.word(at + 12),
        compute(type));
  }

  private void batchedGemm(CommandList list, int at) {
    int type = (int) list.word(at + 13);
    cublas.batchedGemm(
        device.cublasHandle(),
        (int) list.word(at),
        (int) list.word(at + 1),
        (int) list.word(at + 2),
        (int) list.word(at + 3),
        (int) list.word(at + 4),
        Float.intBitsToFloat((int) list.word(at + 5)),
        list.word(at + 6),
        type,
        (int) list.word(at + 7),
        list.word(at + 14),
        list.word(at + 8),
        type,
        (int) list.word(at + 9),
        list.word(at + 15),
        Float.intBitsToFloat((int) list.word(at + 10)),
        list.word(at + 11),
        Cublas.CUDA_R_32F,
        (int) list.word(at + 12),
        list.word(at + 16),
        (int) list.word(at + 17),
        compute(type));
  }

  /** Returns cuBLAS's type of computation for products of this type. */
  private int compute(int type) {
    return type == Cublas.CUDA_R_32F ? floatCompute : Cublas.CUBLAS_COMPUTE_32F;
  }

  /** Issues a pass of an RNN from the words of its command. */
  private interface Pass {
    void issue(CommandList list, int at);
  }

  /** A pass that cuDNN refuses is issued again while its RNN can be described in another way. */
  private void rnn(CommandList list, int at, Pass pass) {
    while (true) {
      try {
        pass.issue(list, at);
        return;
      } catch (CudaException e) {
        if (!e.refusedByCudnn() || !device.alternatives().use(list.word(at + 1))) {
          throw e;
        }
      }
    }
  }

  // The words of the three below are those of RnnStage, the first a serial number, the second the
  // RNN's descriptor.

  private void rnnForward(CommandList list, int at) {
    rnn.forward(
        device.cudnnHandle(),
        list.word(at + 1),
        (int) list.word(at + 2),
        list.word(at + 3),
        list.word(at + 4),
        list.word(at + 5),
        list.word(at + 6),
        list.word(at + 7),
        list.word(at + 8),
        list.word(at + 9),
        list.word(at + 10),
        list.word(at + 11),
        list.word(at + 12),
        list.word(at + 13),
        list.word(at + 14),
        list.word(at + 15),
        list.word(at + 16),
        list.word(at + 17),
        list.word(at + 18));
  }

  private void rnnBackwardData(CommandList list, int at) {
    rnn.backwardData(
        device.cudnnHandle(),
        list.word(at + 1),
        list.word(at + 2),
        list.word(at + 3),
        list.word(at + 4),
        list.word(at + 5),
        list.word(at + 6),
        list.word(at + 7),
        list.word(at + 8),
        list.word(at + 9),
        list.word(at + 10),
        list.word(at + 11),
        list.word(at + 12),
        list.word(at + 13),
        list.word(at + 14),
        list.word(at + 15),
        list.word(at + 16),
        list.word(at + 17),
        list.word(at + 18),
        list.word(at + 19),
        list.word(at + 20));
  }

  private void rnnBackwardWeights(CommandList list, int at) {
    rnn.backwardWeights(
        device.cudnnHandle(),
        list.word(at + 1),
        list.word(at + 2),
        list.word(at + 3),
        list.word(at + 4),
        list.word(at + 5),
        list.word(at + 6),
        list.word(at + 7),
        list.word(at + 8),
        list.word(at + 9),
        list.word(at + 10),
        list.word(at + 11),
        list.word(at + 12),
        list.word(at + 13));
  }
}
