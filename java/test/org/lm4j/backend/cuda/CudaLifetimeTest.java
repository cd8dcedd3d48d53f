package org.lm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.backend.cuda.device.GraphUse;
import org.lm4j.compute.BackendException;
import org.lm4j.compute.Cell;
import org.lm4j.compute.Precision;
import org.lm4j.tensor.Storage;

/** Tests that everything allocated on the device is freed, however the use ends. */
@Tag("slow")
class CudaLifetimeTest {
  private static final int OUT_OF_MEMORY = 2;

  @BeforeEach
  void reset() {
    CudaOnFakes.reset();
  }

  private static void assertNothingIsLeft() {
    assertThat(CudaOnFakes.liveAllocations()).as("device allocations").isZero();
    assertThat(CudaOnFakes.liveObjects()).as("streams, events, modules, graphs").isZero();
  }

  @ParameterizedTest
  @EnumSource(value = Precision.class, names = "INT8", mode = EnumSource.Mode.EXCLUDE)
  void aTrainingLeavesNothing(Precision precision) {
    try (CudaBackend backend = CudaOnFakes.open(precision);
        SmallTraining training = new SmallTraining(backend, Cell.LSTM, 0.3)) {
      training.losses(8);
    }
    assertNothingIsLeft();
  }

  @ParameterizedTest
  @CsvSource({
    "cuStreamCreate, 0",
    "cuModuleLoadData, 0",
    "cuModuleGetFunction, 7",
    "cuMemAlloc_v2, 0",
    "cuMemAlloc_v2, 1",
    "cuMemHostAlloc, 0",
    "cuMemHostAlloc, 1",
    "cuEventCreate, 3",
  })
  void anOpeningThatFailsLeavesNothing(String function, int skip) {
    CudaOnFakes.fail(function, skip, OUT_OF_MEMORY);
    assertThatThrownBy(CudaOnFakes::open)
        .isInstanceOf(BackendException.class)
        .hasMessageContaining(function)
        .hasMessageContaining("CUDA_ERROR_OUT_OF_MEMORY");
    assertNothingIsLeft();
  }

  @ParameterizedTest
  @ValueSource(strings = {"cuStreamBeginCapture_v2", "cuGraphInstantiateWithFlags"})
  void aCaptureThatFailsCostsNothingButTime(String function) {
    List<Double> direct;
    try (CudaBackend backend = CudaOnFakes.open(Precision.FP32, false);
        SmallTraining training = new SmallTraining(backend, Cell.GRU, 0)) {
      direct = training.losses(10);
    }
    try (CudaBackend backend = CudaOnFakes.open();
        SmallTraining training = new SmallTraining(backend, Cell.GRU, 0)) {
      CudaOnFakes.fail(function, 0, OUT_OF_MEMORY);
      CudaOnFakes.clearLog();
      assertThat(training.losses(10)).isEqualTo(direct);
      assertThat(CudaOnFakes.log()).noneMatch(line -> line.startsWith("cuGraphLaunch"));
    }
    assertNothingIsLeft();
  }

  /** A step has 6 such calls; whichever it is, the handle that was used is of no use after it. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5})
  void aCaptureThatBreaksInALibraryIsForgottenByIt(int call) throws Exception {
    long ofCudnn = FakeGpu.count("libcudnn.so.9", "fake_cudnn_live");
    long ofCublas = FakeGpu.count("libcublas.so.13", "fake_cublas_live");
    List<Double> direct;
    try (CudaBackend backend = CudaOnFakes.open(Precision.FP32, false);
        SmallTraining training = new SmallTraining(backend, Cell.LSTM, 0)) {
      direct = training.losses(10);
    }
    try (CudaBackend backend = CudaOnFakes.open();
        SmallTraining training = new SmallTraining(backend, Cell.LSTM, 0)) {
      CudaOnFakes.spoilCapture(call);
      CudaOnFakes.clearLog();
      assertThat(training.losses(10)).isEqualTo(direct);
      assertThat(CudaOnFakes.log())
          .anyMatch(line -> line.startsWith("cuStreamBeginCapture_v2"))
          .noneMatch(line -> line.startsWith("cuGraphLaunch"));
    }
    assertNothingIsLeft();
    assertThat(FakeGpu.count("libcudnn.so.9", "fake_cudnn_live")).isEqualTo(ofCudnn);
    assertThat(FakeGpu.count("libcublas.so.13", "fake_cublas_live")).isEqualTo(ofCublas);
  }

  @Test
  void aCaptureBrokenOnPurposeLeavesTheSameNumbers() {
    List<Double> direct;
    try (CudaBackend backend = CudaOnFakes.open(Precision.FP32, false);
        SmallTraining training = new SmallTraining(backend, Cell.GRU, 0.2)) {
      direct = training.losses(8);
    }
    CudaOnFakes.clearLog();
    try (CudaBackend backend =
            CudaBackend.open(CudaOnFakes.libraries(), Precision.FP32, GraphUse.BROKEN);
        SmallTraining training = new SmallTraining(backend, Cell.GRU, 0.2)) {
      assertThat(training.losses(8)).isEqualTo(direct);
    }
    assertThat(CudaOnFakes.log())
        .anyMatch(line -> line.startsWith("cuStreamBeginCapture_v2"))
        .noneMatch(line -> line.startsWith("cuGraphLaunch"));
    assertNothingIsLeft();
  }

  @Test
  void aFailureAfterAFailedCaptureNamesTheSettingThatDisablesGraphs() {
    try (CudaBackend backend = CudaOnFakes.open();
        SmallTraining training = new SmallTraining(backend, Cell.LSTM, 0)) {
      CudaOnFakes.spoilCapture(0);
      CudaOnFakes.fail("cuStreamIsCapturing", 0, OUT_OF_MEMORY);
      assertThatThrownBy(() -> training.losses(10))
          .isInstanceOf(BackendException.class)
          .hasMessageContainingAll("cuStreamIsCapturing() failed", "LM4J_CUDA_GRAPHS=off");
    }
    assertNothingIsLeft();
  }

  /**
   * A virtual thread may go on in another thread of the system, where the context is not current.
   */
  @Test
  void aVirtualThreadMayBeMoved() throws InterruptedException {
    AtomicReference<Throwable> failure = new AtomicReference<>();
    try (CudaBackend backend = CudaOnFakes.open()) {
      Thread thread =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      backend.allocateStorage(100).close();
                      CudaOnFakes.libraries().driver().setCurrentContext(0); // as if elsewhere
                      backend.allocateStorage(100).close();
                    } catch (RuntimeException e) {
                      failure.set(e);
                    }
                  });
      thread.join();
    }
    assertThat(failure.get()).isNull();
    assertNothingIsLeft();
  }

  @Test
  void memoryIsClosedTwiceAndAfterTheBackendWithoutHarm() {
    CudaBackend backend = CudaOnFakes.open();
    Storage first = backend.allocateStorage(100);
    first.close();
    first.close();
    assertThatThrownBy(first::address).isInstanceOf(IllegalStateException.class);
    backend.close();
    backend.close();
    assertNothingIsLeft();
  }
}
