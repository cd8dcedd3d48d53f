package org.lm4j.verify;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.backend.cuda.CudaBackend;
import org.lm4j.backend.cuda.CudaOnFakes;
import org.lm4j.compute.BackendException;
import org.lm4j.compute.Cell;
import org.lm4j.compute.GemmOp;
import org.lm4j.compute.Precision;
import org.lm4j.compute.RnnSpec;

/**
 * The effect of a device's failing calls on a verification, with fake libraries that fail on
 * request.
 */
@Tag("slow")
class DeviceVerificationTest {
  private static final int CASES = 6;

  private final List<CaseResult> results = new ArrayList<>();

  @BeforeEach
  void reset() {
    CudaOnFakes.reset();
  }

  private static List<Case> products() {
    List<Case> cases = new ArrayList<>();
    for (int i = 0; i < CASES; i++) {
      cases.add(
          new ParityCase.Builder(i < CASES / 2 ? "gemm" : "scale", "case " + i, Verification.SEED)
              .products()
              .numbers("a", 3, 4)
              .numbers("b", 4, 5)
              .numbers("c", 3, 5)
              .runs(
                  (backend, t) -> {
                    backend.gemm(GemmOp.NN, 1, t.get("a"), t.get("b"), 0, t.get("c"));
                    backend.scale(2, t.get("c"));
                  }));
    }
    return cases;
  }

  private Verification.Outcome run(CudaBackend backend, List<? extends Case> cases) {
    return Verification.run(List.of(), cases, backend, results::add);
  }

  @ParameterizedTest
  @CsvSource({
    "cuLaunchKernel, 2, CUDA_ERROR_OUT_OF_MEMORY",
    "cuMemAlloc_v2, 2, CUDA_ERROR_OUT_OF_MEMORY",
    "cuMemcpyDtoHAsync_v2, 2, CUDA_ERROR_OUT_OF_MEMORY",
    "cuStreamSynchronize, 901, CUDA_ERROR_STREAM_CAPTURE_INVALIDATED",
  })
  void aCallThatFailsIsAFailedCase(String function, int status, String name) {
    try (CudaBackend backend = CudaOnFakes.open()) {
      CudaOnFakes.fail(function, 4, status);
      Verification.Outcome outcome = run(backend, products());
      assertThat(outcome).isEqualTo(new Verification.Outcome(CASES, 1, 0));
      assertThat(results.stream().filter(result -> !result.passed()))
          .singleElement()
          .satisfies(result -> assertThat(result.detail()).contains(function + "()", name));
    }
    assertThat(CudaOnFakes.liveObjects()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {700, 719})
  void theRunEndsWhereTheDeviceIsLostAndKeepsWhatItHas(int status) {
    try (CudaBackend backend = CudaOnFakes.open()) {
      CudaOnFakes.fail("cuStreamSynchronize", 10, status);
      Verification.Outcome outcome = run(backend, products());
      assertThat(outcome.failed()).isEqualTo(1);
      assertThat(outcome.left()).isPositive();
      assertThat(outcome.cases() + outcome.left()).isEqualTo(CASES);
      assertThat(outcome.passed()).isFalse();
      assertThat(results).hasSize(outcome.cases());
      assertThat(results.getLast().detail()).contains("status " + status);
      assertThat(results.getLast().passed()).isFalse();
    }
  }

  /**
   * Tests that a lost device is recognised when memory is freed, if cuDNN's own message does not
   * name it.
   */
  @Test
  void aDeviceIsFoundLostWhereTheLibraryDoesNotSayIt() {
    RuntimeException library = new BackendException("cudnnRNNForward() failed");
    Case fails =
        new ParityCase.Builder("gemm", "fails", Verification.SEED)
            .numbers("a", 3, 4)
            .runs(
                (backend, t) -> {
                  if (backend.name().equals("cuda")) {
                    CudaOnFakes.fail("cuMemFree_v2", 0, 700);
                    throw library;
                  }
                });
    try (CudaBackend backend = CudaOnFakes.open()) {
      assertThat(run(backend, List.of(fails, products().getFirst())))
          .isEqualTo(new Verification.Outcome(1, 1, 1));
    }
  }

  @ParameterizedTest
  @EnumSource(value = Precision.class, names = "INT8", mode = EnumSource.Mode.EXCLUDE)
  void equalStepsAreRunTwiceThenRecordedAndReplayed(Precision precision) {
    RnnSpec spec = new RnnSpec(Cell.LSTM, 9, 9, 2, 0);
    ParityCase steps =
        DeviceCases.trainingSteps(spec, 3, 23, DeviceCases.EQUAL_STEPS, Verification.SEED);
    try (CudaBackend backend = CudaOnFakes.open(precision)) {
      CudaOnFakes.clearLog();
      assertThat(run(backend, List.of(steps)).passed()).as("%s", results).isTrue();
      assertThat(CudaOnFakes.log().stream().filter(line -> line.startsWith("cuGraphLaunch")))
          .hasSizeGreaterThanOrEqualTo(2);
    }
  }

  @Test
  void aDeviceHasTheSizesOfModelsPeopleTrain() {
    List<String> names = DeviceCases.all(Verification.SEED).stream().map(Case::name).toList();
    for (String size :
        List.of("H=64", "H=100", "H=128", "H=200", "H=512", "B=8 ", "B=20", "B=64", "V=10000")) {
      assertThat(names).anyMatch(name -> name.contains(size));
    }
    assertThat(names).allMatch(name -> name.contains("T=35"));
  }
}
