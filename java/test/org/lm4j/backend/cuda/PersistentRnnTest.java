package org.lm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.InputException;
import org.lm4j.compute.Cell;
import org.lm4j.compute.Precision;
import org.lm4j.compute.update.UpdateRule;

/** Which stacks cuDNN runs by persistent kernels, and what happens where it refuses. */
@Tag("slow")
class PersistentRnnTest {
  @BeforeEach
  void reset() {
    CudaOnFakes.reset();
    CudaOnFakes.clearLog();
  }

  @AfterEach
  void forget() {
    System.clearProperty("lm4j.cuda.rnn");
    assertThat(CudaOnFakes.fault()).isEmpty();
  }

  /** The algorithms of the passes since the log was cleared. */
  private static List<String> algorithms() {
    return CudaOnFakes.log().stream()
        .filter(line -> line.startsWith("cudnnRNN"))
        .map(line -> line.substring(line.lastIndexOf(' ') + 1))
        .toList();
  }

  /** One step of training; all weights, moments and states after it. */
  private static List<double[]> step(CudaBackend backend, Cell cell, int hidden) {
    UpdateRule rule = new UpdateRule.Sgd(0.9, false, 0);
    try (SmallTraining training = new SmallTraining(backend, cell, 0, rule, hidden)) {
      training.step();
      return training.everything();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "LSTM, 128, persistent, persistent",
    "GRU, 129, persistent, standard",
    "LSTM, 192, persistent, standard",
    "LSTM, 193, standard, standard",
    "RNN_TANH, 256, persistent, persistent",
    "RNN_RELU, 384, persistent, standard",
    "RNN_TANH, 385, standard, standard",
  })
  void fewUnitsFitIntoAPersistentKernel(Cell cell, int hidden, String forward, String backward) {
    try (CudaBackend backend = CudaOnFakes.open(Precision.FP32, false)) {
      step(backend, cell, hidden);
      assertThat(algorithms()).containsExactly(forward, backward, backward);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "cudnnRNNForward, 0, 3000, standard, standard",
    "cudnnRNNForward, 0, 2000, standard, standard",
    "cudnnRNNBackwardData_v8, 0, 3000, persistent, standard",
    "cudnnGetRNNTempSpaceSizes, 1, 3000, standard, standard",
    "cudnnGetRNNTempSpaceSizes, 3, 3000, persistent, standard",
  })
  void whatIsRefusedRunsByTheStandardAlgorithmAndStaysSo(
      String function, int skip, int status, String forward, String backward) {
    System.setProperty("lm4j.cuda.rnn", "standard");
    List<double[]> expected;
    try (CudaBackend backend = CudaOnFakes.open(Precision.FP32, false)) {
      expected = step(backend, Cell.LSTM, 16);
      assertThat(algorithms()).containsOnly("standard");
    }
    System.clearProperty("lm4j.cuda.rnn");
    try (CudaBackend backend = CudaOnFakes.open(Precision.FP32, false)) {
      CudaOnFakes.clearLog();
      CudaOnFakes.fail(function, skip, status);
      for (int i = 0; i < 2; i++) { // the second time nothing is refused any more
        assertThat(step(backend, Cell.LSTM, 16)).containsExactlyElementsOf(expected);
        assertThat(algorithms()).containsExactly(forward, backward, backward);
        CudaOnFakes.clearLog();
      }
      assertThat(backend.refusedRnns()).isEqualTo(1);
      step(backend, Cell.LSTM, 17); // another shape
      assertThat(algorithms()).containsOnly("persistent");
    }
    assertThat(CudaOnFakes.liveAllocations()).isZero();
  }

  /** Whether cuDNN takes a demand for tensor cores with bfloat16 is not documented. */
  @ParameterizedTest
  @CsvSource({
    "cudnnRNNForward, 0, standard math0 math1 math1",
    "cudnnRNNForward, 0, auto math1 math1 math1",
    "cudnnRNNBackwardWeights_v8, 0, standard math1 math1 math0",
    "cudnnGetRNNTempSpaceSizes, 1, standard math0 math1 math1",
    "cudnnGetRNNTempSpaceSizes, 3, standard math1 math0 math0",
  })
  void bf16DoesWithoutADemandForTensorCoresWhereItIsRefused(
      String function, int skip, String expected) {
    List<String> words = List.of(expected.split(" "));
    System.setProperty("lm4j.cuda.rnn", words.getFirst());
    try (CudaBackend backend = CudaOnFakes.open(Precision.BF16, false)) {
      CudaOnFakes.clearLog();
      CudaOnFakes.fail(function, skip, 3000);
      step(backend, Cell.LSTM, 16);
    }
    assertThat(
            CudaOnFakes.log().stream()
                .filter(line -> line.startsWith("cudnnRNN"))
                .map(line -> line.replaceAll(".* (math\\d) .*", "$1")))
        .containsExactlyElementsOf(words.subList(1, 4));
    assertThat(CudaOnFakes.liveAllocations()).isZero();
  }

  /** First the persistent kernel, then the demand for tensor cores. */
  @Test
  void whatIsRefusedTwiceRunsTheThirdTime() {
    System.setProperty("lm4j.cuda.rnn", "auto");
    try (CudaBackend backend = CudaOnFakes.open(Precision.BF16, false)) {
      CudaOnFakes.clearLog();
      CudaOnFakes.fail("cudnnRNNForward", -2, 3000);
      step(backend, Cell.LSTM, 16);
      assertThat(algorithms()).containsOnly("standard");
      assertThat(CudaOnFakes.log().toString()).contains("math0 standard");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {5000, 4000})
  void aFailureWhileItRunsIsOne(int status) {
    try (CudaBackend backend = CudaOnFakes.open(Precision.FP32, false)) {
      CudaOnFakes.fail("cudnnRNNForward", 0, status);
      assertThatThrownBy(() -> step(backend, Cell.LSTM, 16))
          .hasMessageStartingWith("cudnnRNNForward() failed with status " + status);
    }
  }

  @Test
  void aRefusalOfTheStandardAlgorithmIsOne() {
    System.setProperty("lm4j.cuda.rnn", "standard");
    try (CudaBackend backend = CudaOnFakes.open(Precision.FP32, false)) {
      CudaOnFakes.fail("cudnnRNNForward", 0, 3000);
      assertThatThrownBy(() -> step(backend, Cell.LSTM, 16))
          .hasMessageStartingWith("cudnnRNNForward() failed with status 3000");
    }
  }

  @Test
  void aSettingWithoutMeaningIsRefused() {
    System.setProperty("lm4j.cuda.rnn", "fast");
    assertThatThrownBy(() -> CudaOnFakes.open(Precision.FP32, false))
        .isInstanceOf(InputException.class)
        .hasMessage("LM4J_CUDA_RNN must be auto or standard, not 'fast'.");
    assertThat(CudaOnFakes.liveObjects()).isZero();
  }
}
