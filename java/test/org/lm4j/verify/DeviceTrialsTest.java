package org.lm4j.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.lm4j.backend.cuda.CudaOnFakes;
import org.lm4j.backend.cuda.CudaTrials;
import org.lm4j.compute.BackendException;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnSpec;

/** The trials of {@code lm doctor --deep} on fake libraries; the larger ones are for a GPU. */
@Tag("slow")
class DeviceTrialsTest {
  @BeforeEach
  void choose() {
    System.setProperty("lm4j.cuda.libs", CudaOnFakes.folder().toString());
    CudaOnFakes.reset();
  }

  @AfterEach
  void forget() {
    System.clearProperty("lm4j.cuda.libs");
  }

  static List<String> parts() {
    return CudaTrials.names();
  }

  @ParameterizedTest
  @MethodSource("parts")
  void aPartThatWorksSaysWhatItFoundAndLeavesNothing(String name) {
    assertThat(DeviceTrials.run(name)).isNotBlank();
    assertThat(CudaOnFakes.liveAllocations()).isZero();
    assertThat(CudaOnFakes.liveObjects()).isZero();
  }

  @Test
  void manyStepsHaveTheSameBitsDirectAndReplayed() {
    CudaOnFakes.clearLog();
    assertThat(DeviceTrials.run("60 steps, direct and replayed")).isEqualTo("the same bits");
    assertThat(CudaOnFakes.log().stream().filter(line -> line.startsWith("cuGraphLaunch")))
        .hasSizeGreaterThan(50);
  }

  @ParameterizedTest
  @CsvSource({
    "stream, cuEventRecord",
    "memory, cuMemcpyDtoHAsync_v2",
    "kernels, cuModuleLoadData",
    "cuBLAS graph, cuStreamEndCapture",
    "NCCL, ncclCommInitRank",
  })
  void aPartWhoseCallFailsNamesIt(String name, String function) {
    CudaOnFakes.fail(function, 0, 2);
    assertThatThrownBy(() -> DeviceTrials.run(name))
        .isInstanceOf(BackendException.class)
        .hasMessageContaining(function + "() failed with status 2");
  }

  @Test
  void aMissingFeatureOfTheGpuIsNotAFailure() {
    CudaOnFakes.capability(7, 5);
    assertThatThrownBy(() -> DeviceTrials.run("cuBLAS tf32"))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessage("this GPU has no tf32");
    assertThatThrownBy(() -> DeviceTrials.run("RNN bf16"))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("capability 8.0");
  }

  @Test
  void timesOfSmallRnnsAreReportedWithAndWithoutPersistentKernels() {
    List<RnnSpec> specs = List.of(new RnnSpec(Cell.GRU, 2, 2, 1, 0));
    assertThat(RnnSpeed.measure(specs))
        .matches("gru 1×2: standard (\\d+\\.\\d{3} ms|.* too slow.*), persistent .*(ms|timed)");
    assertThat(CudaOnFakes.liveAllocations()).isZero();
  }

  @Test
  void eachComesAfterWhatItBuildsOn() {
    List<String> names = DeviceTrials.names();
    assertThat(names).doesNotHaveDuplicates();
    for (int i = 0; i < names.size(); i++) {
      assertThat(names.subList(0, i)).containsAll(DeviceTrials.needs(names.get(i)));
      assertThat(i == 0 || !DeviceTrials.needs(names.get(i)).isEmpty()).isTrue();
    }
    assertThatThrownBy(() -> DeviceTrials.run("none")).isInstanceOf(IllegalArgumentException.class);
  }
}
