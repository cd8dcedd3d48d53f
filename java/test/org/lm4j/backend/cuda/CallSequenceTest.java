package org.lm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lm4j.backend.cpu.CpuBackend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.Precision;

/** Which calls a step of training makes, and in which order. */
@Tag("slow")
class CallSequenceTest {
  private static final double DROPOUT = 0.3;
  private static final int LAYERS = 2; // of SmallTraining

  /**
   * Steps after which there are graphs: in the first buffers grow, and two places of the state
   * change with each other, so that there are two lists, each of which must come three times.
   */
  private static final int WARM_UP = 1 + 2 * 3;

  @BeforeEach
  void reset() {
    CudaOnFakes.reset();
  }

  @AfterEach
  void nothingReachedOtherMemory() {
    assertThat(CudaOnFakes.fault()).isEmpty();
  }

  /** The first word of each line of the log since it was cleared. */
  private static List<String> calls() {
    return CudaOnFakes.log().stream().map(line -> line.split(" ", 2)[0]).toList();
  }

  private static List<String> kernels() {
    return CudaOnFakes.log().stream()
        .filter(line -> line.startsWith("cuLaunchKernel"))
        .map(line -> line.split(" ", 3)[1])
        .toList();
  }

  @Test
  void cudnnIsCalledForwardThenToDataThenToWeightsLayerByLayerWhereDropoutComesBetween() {
    try (CudaBackend backend = CudaOnFakes.open(Precision.FP32, false);
        SmallTraining training = new SmallTraining(backend, Cell.LSTM, DROPOUT)) {
      CudaOnFakes.clearLog();
      training.step();
      training.loss();
      assertThat(calls().stream().filter(call -> call.startsWith("cudnnRNN")))
          .containsExactly(
              "cudnnRNNForward",
              "cudnnRNNForward",
              "cudnnRNNBackwardData_v8",
              "cudnnRNNBackwardWeights_v8",
              "cudnnRNNBackwardData_v8",
              "cudnnRNNBackwardWeights_v8");
      assertThat(kernels().getLast()).isEqualTo("lm4j_update_adam");
      // Embedding, between the layers, output: forward and backward.
      assertThat(kernels().stream().filter(name -> name.equals("lm4j_dropout")))
          .hasSize(2 * (LAYERS + 1));
    }
  }

  @Test
  void withoutDropoutOneCallRunsAllLayers() {
    try (CudaBackend backend = CudaOnFakes.open(Precision.FP32, false);
        SmallTraining training = new SmallTraining(backend, Cell.GRU, 0)) {
      CudaOnFakes.clearLog();
      training.step();
      training.loss();
      assertThat(calls().stream().filter(call -> call.startsWith("cudnnRNN")))
          .containsExactly(
              "cudnnRNNForward", "cudnnRNNBackwardData_v8", "cudnnRNNBackwardWeights_v8");
      assertThat(kernels()).doesNotContain("lm4j_dropout", "lm4j_axpy");
    }
  }

  @ParameterizedTest
  @CsvSource({"15, FP32", "16, FP32", "16, BF16"})
  void evaluationRunsAllLayersInOneCallWhereThatIsWorthCopiesOfTheWeights(
      int steps, Precision precision) {
    double[] expected;
    try (CpuBackend backend = new CpuBackend(null, 1);
        SmallTraining training = new SmallTraining(backend, Cell.LSTM, DROPOUT)) {
      expected = training.evaluate(steps);
    }
    try (CudaBackend backend = CudaOnFakes.open(precision, false);
        SmallTraining training = new SmallTraining(backend, Cell.LSTM, DROPOUT)) {
      CudaOnFakes.clearLog();
      double[] losses = training.evaluate(steps);
      assertThat(calls().stream().filter(call -> call.startsWith("cudnnRNN")))
          .hasSize(steps < 16 ? LAYERS : 1);
      assertThat(losses).hasSameSizeAs(expected);
      for (int i = 0; i < losses.length; i++) {
        assertThat(losses[i]).isCloseTo(expected[i], within(20 * precision.epsilon()));
      }
    }
  }

  @Test
  void whileCapturingNothingIsAllocatedFreedCopiedFromTheHostOrWaitedFor() {
    try (CudaBackend backend = CudaOnFakes.open();
        SmallTraining training = new SmallTraining(backend, Cell.LSTM, DROPOUT)) {
      CudaOnFakes.clearLog();
      steps(training, WARM_UP);
      training.loss();
      List<String> calls = calls();
      int captures = 0;
      for (int from = calls.indexOf("cuStreamBeginCapture_v2"); from >= 0; captures++) {
        int to = from + calls.subList(from, calls.size()).indexOf("cuStreamEndCapture");
        assertThat(calls.subList(from + 1, to))
            .hasSizeGreaterThan(10)
            .noneMatch(call -> call.matches(".*(Alloc|Free|HtoD|DtoH|Synchronize|Create).*"));
        int next = calls.subList(to, calls.size()).indexOf("cuStreamBeginCapture_v2");
        from = next < 0 ? -1 : to + next;
      }
      assertThat(captures).isEqualTo(2);
    }
  }

  @Test
  void aStepSeenBeforeIsOneCopyOfParametersAndOneGraph() {
    try (CudaBackend backend = CudaOnFakes.open();
        SmallTraining training = new SmallTraining(backend, Cell.LSTM, DROPOUT)) {
      steps(training, WARM_UP);
      CudaOnFakes.clearLog();
      steps(training, 1);
      assertThat(calls())
          .containsExactly(
              "cuMemcpyHtoDAsync_v2", "cuEventRecord", "cuEventSynchronize", "cuGraphLaunch");
      CudaOnFakes.clearLog();
      steps(training, 20);
      assertThat(calls())
          .doesNotContain(
              "cuStreamSynchronize", "cuCtxSynchronize", "cuMemAlloc_v2", "cuMemFree_v2")
          .filteredOn(call -> call.equals("cuGraphLaunch"))
          .hasSize(20);
    }
  }

  private static void steps(SmallTraining training, int count) {
    for (int i = 0; i < count; i++) {
      training.step();
    }
  }
}
