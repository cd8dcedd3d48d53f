package org.lm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lm4j.backend.cuda.cudnn.CudnnRnn;
import org.lm4j.compute.Cell;

/** Tests that the fake cuDNN computes what the reference does, and refuses misuse. */
@Tag("slow")
class FakeCudnnTest {
  private FakeGpu gpu;

  @BeforeEach
  void open() throws IOException, InterruptedException {
    FakeGpu.reset();
    gpu = new FakeGpu();
  }

  @AfterEach
  void close() throws IOException, InterruptedException {
    if (gpu != null) {
      FakeGpu.reset(); // a test may have killed the context
      gpu.cudnn.destroy(gpu.dnnHandle);
      gpu.cublas.destroy(gpu.blasHandle);
      assertThat(FakeGpu.count("libcudnn.so.9", "fake_cudnn_live")).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"RNN_TANH", "RNN_RELU", "LSTM", "GRU"})
  void computesWhatTheReferenceDoes(Cell cell) {
    try (CudnnWindow window = new CudnnWindow(gpu, cell, CudnnRnn.CUDNN_FMA_MATH)) {
      window.forward();
      window.backwardData();
      window.backwardWeights();
      window.backwardWeights(); // adds once more
      window.compare(2, 2e-6);
    }
  }

  @Test
  void inferenceNeedsNoReserveSpaceAndComputesTheSame() {
    try (CudnnWindow window = new CudnnWindow(gpu, Cell.GRU, CudnnRnn.CUDNN_FMA_MATH)) {
      window.forward();
      float[] expected = gpu.download(window.y(), CudnnWindow.T * CudnnWindow.B * CudnnWindow.H);
      gpu.write(window.y(), new float[expected.length]);
      window.infer();
      assertThat(gpu.download(window.y(), expected.length)).containsExactly(expected);
    }
  }

  @Test
  void roundsToTf32UnlessDisabled() {
    try (CudnnWindow window = new CudnnWindow(gpu, Cell.LSTM, CudnnRnn.CUDNN_DEFAULT_MATH)) {
      window.forward();
      window.backwardData();
      window.backwardWeights();
      window.compare(1, 5e-3);
      assertThatThrownBy(() -> window.compare(1, 1e-5)).isInstanceOf(AssertionError.class);
    }
  }

  @Test
  void theWeightsOfALayerDoNotFollowEachOtherInOnePiece() {
    try (CudnnWindow window = new CudnnWindow(gpu, Cell.GRU, CudnnRnn.CUDNN_FMA_MATH)) {
      assertThat(window.offset(0, 0)).isPositive();
      assertThat(window.offset(0, 3) - window.offset(0, 0))
          .isGreaterThan(3L * CudnnWindow.H * CudnnWindow.D * Float.BYTES);
    }
  }

  @Test
  void thePassesHaveToComeInOrder() {
    try (CudnnWindow window = new CudnnWindow(gpu, Cell.LSTM, CudnnRnn.CUDNN_FMA_MATH)) {
      window.forward();
      gpu.synchronize();
      window.backwardWeights();
      assertThatThrownBy(gpu::synchronize).hasMessageContaining("CUDA_ERROR_ILLEGAL_ADDRESS");
    }
  }

  @Test
  void theBackwardPassIsDoneOnce() {
    try (CudnnWindow window = new CudnnWindow(gpu, Cell.LSTM, CudnnRnn.CUDNN_FMA_MATH)) {
      window.forward();
      window.backwardData();
      gpu.synchronize();
      window.backwardData();
      assertThatThrownBy(gpu::synchronize).hasMessageContaining("CUDA_ERROR_ILLEGAL_ADDRESS");
    }
  }

  @Test
  void forwardPassInputsMustNotChangeBeforeTheBackwardPass() {
    try (CudnnWindow window = new CudnnWindow(gpu, Cell.RNN_TANH, CudnnRnn.CUDNN_FMA_MATH)) {
      window.forward();
      gpu.synchronize();
      gpu.write(window.y(), 0.25f);
      window.backwardData();
      assertThatThrownBy(gpu::synchronize).hasMessageContaining("CUDA_ERROR_ILLEGAL_ADDRESS");
    }
  }

  @Test
  void whatIsMisusedIsRefusedWithTheConditionThatFailed() {
    try (CudnnWindow window = new CudnnWindow(gpu, Cell.LSTM, CudnnRnn.CUDNN_FMA_MATH)) {
      CudnnRnn rnn = gpu.cudnn.rnn();
      assertThatThrownBy(() -> rnn.set(window.rnn(), 1, 2, 0, 3, 5, 4, 2, 0))
          .hasMessageStartingWith(
              "cudnnSetRNNDescriptor_v8() failed with status 3000, CUDNN_STATUS_NOT_SUPPORTED: ")
          .hasMessageContaining("algorithm == STANDARD");
      assertThatThrownBy(() -> rnn.set(window.rnn(), 0, 2, 0, 3, 5, 4, 2, 0))
          .hasMessageContaining("CUDNN_STATUS_BAD_PARAM");
      assertThatThrownBy(() -> rnn.set(window.rnn(), 0, 2, 9, 3, 5, 4, 2, 0))
          .hasMessageContaining("TENSOR_OP_MATH");
      assertThatThrownBy(() -> gpu.cudnn.descriptors().setTensor(window.rnn(), 0, 1, 2, 3))
          .hasMessageContaining("cudnnSetTensorNdDescriptor() ");
      window.withReserve(window.reserveBytes() - 1);
      assertThatThrownBy(window::forward)
          .hasMessageContainingAll("CUDNN_STATUS_BAD_PARAM_SIZE_INSUFFICIENT", "reserve >= ");
    }
  }
}
