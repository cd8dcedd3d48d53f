package org.lm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.InputException;
import org.lm4j.backend.cuda.cudnn.CudnnStatus;
import org.lm4j.backend.cuda.driver.CudaException;
import org.lm4j.backend.cuda.driver.CudaSettings;
import org.lm4j.compute.BackendException;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnSpec;

/** Tests the messages of failed calls and their advice. */
class CudaExceptionTest {
  @BeforeEach
  void reset() {
    CudaOnFakes.reset();
  }

  @ParameterizedTest
  @CsvSource({
    "cuModuleLoadData, 221, CUDA_ERROR_JIT_COMPILER_NOT_FOUND, libnvidia-ptxjitcompiler.so.1",
    "cuModuleLoadData, 222, CUDA_ERROR_UNSUPPORTED_PTX_VERSION, update the NVIDIA driver",
    "cuStreamCreate, 900, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, LM4J_CUDA_GRAPHS=off",
    "cuStreamCreate, 901, CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, LM4J_CUDA_GRAPHS=off",
    "cuStreamCreate, 906, CUDA_ERROR_STREAM_CAPTURE_IMPLICIT, LM4J_CUDA_GRAPHS=off",
    "cuStreamCreate, 907, CUDA_ERROR_CAPTURED_EVENT, LM4J_CUDA_GRAPHS=off",
    "cuInit, 34, CUDA_ERROR_STUB_LIBRARY, LD_LIBRARY_PATH",
    "cuDevicePrimaryCtxRetain, 46, CUDA_ERROR_DEVICE_UNAVAILABLE, nvidia-smi",
    "cuInit, 802, CUDA_ERROR_SYSTEM_NOT_READY, nvidia-fabricmanager",
    "cuInit, 803, CUDA_ERROR_SYSTEM_DRIVER_MISMATCH, restart the machine",
    "cuInit, 804, CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE, cuda-compat",
    "cuInit, 999, CUDA_ERROR_UNKNOWN, nvidia-modprobe",
    "cuMemAlloc_v2, 2, CUDA_ERROR_OUT_OF_MEMORY, smaller batch",
    "cublasCreate_v2, 3, CUBLAS_STATUS_ALLOC_FAILED, smaller batch",
  })
  void theRemedyIsReported(String function, int status, String name, String remedy) {
    CudaOnFakes.fail(function, 0, status);
    assertThatThrownBy(CudaOnFakes::open)
        .isInstanceOf(CudaException.class)
        .hasMessageStartingWith(function + "() failed with status " + status + ", " + name + ": ")
        .hasMessageContaining(remedy);
  }

  @ParameterizedTest
  @ValueSource(strings = {"EXECUTION_FAILED_CUDART", "INTERNAL_ERROR_BAD_LAUNCH_PARAM"})
  void aFailedRnnMayDoWithoutPersistentKernelsAndGraphs(String name) {
    assertThat(new CudaException("cudnnRNNForward", 5003, "CUDNN_STATUS_" + name, "x"))
        .hasMessageContainingAll("LM4J_CUDA_RNN=standard", "LM4J_CUDA_GRAPHS=off");
    assertThat(new CudaException("cudnnCreate", 5003, "CUDNN_STATUS_" + name, "x").remedy())
        .isEmpty();
  }

  @Test
  void whatCudnnDoesNotSupportItExplainsInItsLogAlone() {
    assertThat(CudnnStatus.unexplained(CudnnStatus.CUDNN_STATUS_NOT_SUPPORTED, false))
        .isEqualTo(
            "CUDNN_LOGLEVEL_DBG=2 CUDNN_LOGDEST_DBG=stderr in front of the command shows why");
    assertThat(CudnnStatus.unexplained(3007, true)).isEqualTo("what cuDNN has logged says why");
    assertThat(CudnnStatus.unexplained(CudnnStatus.CUDNN_STATUS_BAD_PARAM, false))
        .isEqualTo("no more is known");
    assertThat(
            CudaSettings.cudnnLogs(
                Map.of("CUDNN_LOGLEVEL_DBG", "2", "CUDNN_LOGDEST_DBG", "stderr")))
        .isTrue();
    assertThat(CudaSettings.cudnnLogs(Map.of("CUDNN_LOGLEVEL_DBG", "2"))).isFalse();
    assertThat(CudaSettings.cudnnLogs(Map.of("CUDNN_LOGDEST_DBG", "stderr"))).isFalse();
  }

  @Test
  void moreStepsThanCudnnDescribesAreRefusedWithTheOption() {
    RnnSpec spec = new RnnSpec(Cell.GRU, 2, 3, 1, 0);
    try (CudaBackend backend = CudaOnFakes.open()) {
      backend.tape(spec, 65_535, 1, false).close();
      assertThatThrownBy(() -> backend.tape(spec, 65_536, 1, false))
          .isInstanceOf(InputException.class)
          .hasMessage(
              "cuDNN takes windows of at most 65,535 steps, not 65,536: give a smaller bptt or"
                  + " shorter texts, or use device cpu.");
    }
  }

  /** The option is checked before a run writes anything. */
  @Test
  void theMemoryOfSuchWindowsIsNotReckonedEither() {
    RnnSpec spec = new RnnSpec(Cell.GRU, 2, 3, 1, 0);
    try (CudaBackend backend = CudaOnFakes.open()) {
      assertThat(backend.tapeBytes(spec, 65_535, 1, false)).isPositive();
      assertThatThrownBy(() -> backend.tapeBytes(spec, 65_536, 1, false))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("bptt");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {214, 220, 700, 702, 710, 714, 715, 716, 717, 718, 719})
  void someFailuresLeaveNoDevice(int status) {
    CudaException failure = new CudaException("cuLaunchKernel", status, "X", "x");
    assertThat(failure.deviceLost()).isTrue();
    assertThat(new BackendException("more words", failure).deviceLost()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 13, 221, 701, 713, 720, 900, 3000, 5001})
  void othersDo(int status) {
    assertThat(new CudaException("f", status, "X", "x").deviceLost()).isFalse();
  }
}
