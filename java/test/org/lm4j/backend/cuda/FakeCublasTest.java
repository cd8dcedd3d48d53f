package org.lm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lm4j.backend.cuda.cublas.Cublas;
import org.lm4j.backend.cuda.driver.CudaGraphs;

@Tag("slow")
class FakeCublasTest {
  private static final int N = Cublas.CUBLAS_OP_N;
  private static final int T = Cublas.CUBLAS_OP_T;

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
      assertThat(gpu.cublas.version()).isGreaterThanOrEqualTo(120_000);
      gpu.cublas.destroy(gpu.blasHandle);
      gpu.cudnn.destroy(gpu.dnnHandle);
      assertThat(FakeGpu.count("libcublas.so.13", "fake_cublas_live")).isZero();
    }
  }

  /** Row-major C = A·B is column-major Cᵀ = Bᵀ·Aᵀ. */
  @Test
  void multipliesRowMajorMatrices() {
    long a = gpu.upload(1, 2, 3, 4, 5, 6); // (2, 3)
    long b = gpu.upload(1, 0, 2, 0, 1, 3); // (3, 2)
    long c = gpu.upload(10, 20, 30, 40);
    gpu.cublas.sgemm(gpu.blasHandle, N, N, 2, 2, 3, 2, b, 2, a, 3, 0.5f, c, 2);
    assertThat(gpu.download(c, 4)).containsExactly(21, 28, 55, 56);
    // A·Aᵀ
    gpu.cublas.sgemm(gpu.blasHandle, T, N, 2, 2, 3, 1, a, 3, a, 3, 0, c, 2);
    assertThat(gpu.download(c, 4)).containsExactly(14, 32, 32, 77);
  }

  @Test
  void nothingIsReadOfAResultThatIsOverwritten() {
    long a = gpu.upload(2);
    long c = gpu.upload(Float.NaN);
    gpu.cublas.sgemm(gpu.blasHandle, N, N, 1, 1, 1, 3, a, 1, a, 1, 0, c, 1);
    assertThat(gpu.download(c, 1)).containsExactly(12);
  }

  /** 1 + 2⁻¹² needs more than the ten bits of TF32's fraction, and more than bf16's seven. */
  @Test
  void roundsToThePrecisionAskedFor() {
    float fine = 1 + 1f / 4096;
    long a = gpu.upload(fine);
    long one = gpu.upload(1);
    long c = gpu.upload(0);
    gpu.cublas.sgemm(gpu.blasHandle, N, N, 1, 1, 1, 1, a, 1, one, 1, 0, c, 1);
    assertThat(gpu.download(c, 1)).containsExactly(fine);
    gpu.cublas.setMathMode(gpu.blasHandle, Cublas.CUBLAS_TF32_TENSOR_OP_MATH);
    gpu.cublas.sgemm(gpu.blasHandle, N, N, 1, 1, 1, 1, a, 1, one, 1, 0, c, 1);
    assertThat(gpu.download(c, 1)).containsExactly(1);
    gpu.cublas.setMathMode(gpu.blasHandle, Cublas.CUBLAS_DEFAULT_MATH);
    int f32 = Cublas.CUDA_R_32F;
    gpu.cublas.gemm(
        gpu.blasHandle,
        N,
        N,
        1,
        1,
        1,
        1,
        a,
        f32,
        1,
        one,
        f32,
        1,
        0,
        c,
        f32,
        1,
        Cublas.CUBLAS_COMPUTE_32F_FAST_TF32);
    assertThat(gpu.download(c, 1)).containsExactly(1);
  }

  @Test
  void multipliesBf16WithFloatResult() {
    // Two bf16 in a word: 1.5 and -2, then 3 and 0.5.
    long a = gpu.upload(Float.intBitsToFloat(0xc000_3fc0));
    long b = gpu.upload(Float.intBitsToFloat(0x3f00_4040));
    long c = gpu.upload(0);
    int bf16 = Cublas.CUDA_R_16BF;
    gpu.cublas.gemm(
        gpu.blasHandle,
        T,
        N,
        1,
        1,
        2,
        1,
        a,
        bf16,
        2,
        b,
        bf16,
        2,
        0,
        c,
        Cublas.CUDA_R_32F,
        1,
        Cublas.CUBLAS_COMPUTE_32F);
    assertThat(gpu.download(c, 1)).containsExactly(1.5f * 3 - 2 * 0.5f);
  }

  private void batched(long a, long b, long c, long apartC, int count) {
    int f32 = Cublas.CUDA_R_32F;
    gpu.cublas.batchedGemm(
        gpu.blasHandle,
        N,
        N,
        1,
        1,
        2,
        2,
        a,
        f32,
        1,
        3,
        b,
        f32,
        2,
        2,
        0.5f,
        c,
        f32,
        1,
        apartC,
        count,
        Cublas.CUBLAS_COMPUTE_32F);
  }

  /** Pairs of numbers, of which those of {@code a} have one between them that is not read. */
  @Test
  void multipliesManyMatricesAtOnce() {
    long a = gpu.upload(1, 2, Float.NaN, 3, 4, Float.NaN, 5, 6);
    long b = gpu.upload(1, 10, 2, 20, 3, 30);
    long c = gpu.upload(100, -1, 200, -1, 300);
    batched(a, b, c, 2, 3);
    assertThat(gpu.download(c, 5)).containsExactly(50 + 42, -1, 100 + 172, -1, 150 + 390);
    batched(a, b, c, 2, 0);
    assertThatThrownBy(() -> batched(a, b, c, 0, 3))
        .hasMessageStartingWith("cublasGemmStridedBatchedEx() failed with status 7");
    batched(a, b, c, 2, 4);
    assertThatThrownBy(gpu::synchronize).hasMessageContaining("CUDA_ERROR_ILLEGAL_ADDRESS");
  }

  @Test
  void aProductThatIsCapturedIsDoneAtEachLaunch() {
    long a = gpu.upload(2);
    long c = gpu.upload(1);
    CudaGraphs graphs = gpu.driver.graphs();
    graphs.beginCapture(gpu.stream);
    gpu.cublas.sgemm(gpu.blasHandle, N, N, 1, 1, 1, 1, a, 1, a, 1, 1, c, 1);
    assertThat(graphs.isCapturing(gpu.stream)).isTrue();
    long graph = graphs.endCapture(gpu.stream);
    assertThat(graphs.nodes(graph)).isEqualTo(1);
    assertThat(gpu.download(c, 1)).containsExactly(1);
    long executable = graphs.instantiate(graph);
    graphs.launch(executable, gpu.stream);
    graphs.launch(executable, gpu.stream);
    assertThat(gpu.download(c, 1)).containsExactly(9);
    graphs.destroyExecutable(executable);
    graphs.destroy(graph);
  }

  @Test
  void refusesWhatIsWrong() {
    long a = gpu.upload(2, 3, 4, 5);
    assertThatThrownBy(
            () -> gpu.cublas.sgemm(gpu.blasHandle, N, N, 2, 2, 2, 1, a, 1, a, 2, 0, a, 2))
        .hasMessageStartingWith(
            "cublasSgemm_v2() failed with status 7, CUBLAS_STATUS_INVALID_VALUE: ");
    assertThatThrownBy(() -> gpu.cublas.sgemm(0, N, N, 2, 2, 2, 1, a, 2, a, 2, 0, a, 2))
        .hasMessageContaining("CUBLAS_STATUS_NOT_INITIALIZED");
    assertThatThrownBy(() -> gpu.cublas.setWorkspace(gpu.blasHandle, a, 4096))
        .hasMessageContaining("cublasSetWorkspace_v2()");
  }

  @Test
  void aProductOutsideItsMemoryKillsTheContext() {
    long a = gpu.upload(2, 3, 4, 5);
    gpu.cublas.sgemm(gpu.blasHandle, N, N, 3, 3, 3, 1, a, 3, a, 3, 0, a, 3);
    assertThatThrownBy(gpu::synchronize).hasMessageContaining("CUDA_ERROR_ILLEGAL_ADDRESS");
  }
}
