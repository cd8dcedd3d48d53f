package org.lm4j.backend.cuda.cublas;

import java.lang.invoke.MethodHandle;
import org.lm4j.backend.cuda.driver.CudaException;
import org.lm4j.backend.cuda.driver.Functions;
import org.lm4j.backend.cuda.driver.Scratch;
import org.lm4j.foreign.NativeLibrary;

/**
 * cuBLAS, {@code libcublas.so.13} or {@code .12}: matrix products.
 *
 * <p>Order of calls: {@link #create}, {@link #setStream}, {@link #setWorkspace}, then products.
 * Scalars are on the host and read during the call, so a product that is captured keeps its own.
 */
public final class Cublas {
  static final int CUBLAS_STATUS_SUCCESS = 0;
  public static final int CUBLAS_OP_N = 0;
  public static final int CUBLAS_OP_T = 1;
  public static final int CUBLAS_DEFAULT_MATH = 0;
  public static final int CUBLAS_TF32_TENSOR_OP_MATH = 3;
  public static final int CUBLAS_COMPUTE_32F = 68;
  public static final int CUBLAS_COMPUTE_32F_FAST_TF32 = 77;
  static final int CUBLAS_GEMM_DEFAULT = -1;
  public static final int CUDA_R_32F = 0;
  public static final int CUDA_R_16BF = 14;

  private static final int RESULT = 0; // words of the scratch memory
  private static final int ALPHA = 1;
  private static final int BETA = 2;

  private final MethodHandle create;
  private final MethodHandle destroy;
  private final MethodHandle setStream;
  private final MethodHandle setWorkspace;
  private final MethodHandle setMathMode;
  private final MethodHandle getVersion;
  private final MethodHandle sgemm;
  private final MethodHandle gemmEx;
  private final MethodHandle gemmStridedBatchedEx;
  private final MethodHandle getStatusName;
  private final MethodHandle getStatusString;
  private final Scratch scratch = new Scratch();

  /** Binds the functions of an open cuBLAS. */
  public static Cublas of(NativeLibrary library) {
    return new Cublas(Functions.of(library));
  }

  /** Binds the functions of an open cuBLAS. */
  public Cublas(Functions functions) {
    getStatusName = functions.bind("const char *cublasGetStatusName(cublasStatus_t status)");
    getStatusString = functions.bind("const char *cublasGetStatusString(cublasStatus_t status)");
    create = functions.bind("cublasStatus_t cublasCreate_v2(cublasHandle_t *handle)");
    destroy = functions.bind("cublasStatus_t cublasDestroy_v2(cublasHandle_t handle)");
    setStream =
        functions.bind(
            "cublasStatus_t cublasSetStream_v2(cublasHandle_t handle, cudaStream_t " + "streamId)");
    setWorkspace =
        functions.bind(
            "cublasStatus_t cublasSetWorkspace_v2(cublasHandle_t handle, void *workspace, "
                + "size_t workspaceSizeInBytes)");
    setMathMode =
        functions.bind(
            "cublasStatus_t cublasSetMathMode(cublasHandle_t handle, cublasMath_t mode)");
    getVersion =
        functions.bind("cublasStatus_t cublasGetVersion_v2(cublasHandle_t handle, int *version)");
    sgemm =
        functions.bind(
            "cublasStatus_t cublasSgemm_v2(cublasHandle_t handle, cublasOperation_t "
                + "transa, cublasOperation_t transb, int m, int n, int k, const float *alpha, "
                + "const float *A, int lda, const float *B, int ldb, const float *beta, float "
                + "*C, int ldc)");
    gemmEx =
        functions.bind(
            "cublasStatus_t cublasGemmEx(cublasHandle_t handle, cublasOperation_t transa, "
                + "cublasOperation_t transb, int m, int n, int k, const void *alpha, const void "
                + "*A, cudaDataType Atype, int lda, const void *B, cudaDataType Btype, int ldb, "
                + "const void *beta, void *C, cudaDataType Ctype, int ldc, cublasComputeType_t "
                + "computeType, cublasGemmAlgo_t algo)");
    gemmStridedBatchedEx =
        functions.bind(
            "cublasStatus_t cublasGemmStridedBatchedEx(cublasHandle_t handle, "
                + "cublasOperation_t transa, cublasOperation_t transb, int m, int n, int k, "
                + "const void *alpha, const void *A, cudaDataType Atype, int lda, long long "
                + "strideA, const void *B, cudaDataType Btype, int ldb, long long strideB, const "
                + "void *beta, void *C, cudaDataType Ctype, int ldc, long long strideC, int "
                + "batchCount, cublasComputeType_t computeType, cublasGemmAlgo_t algo)");
  }

  /** Creates a handle for the context that is current on this thread. */
  public long create() {
    try {
      check((int) create.invokeExact(scratch.at(RESULT)), "cublasCreate_v2");
      return scratch.getLong(RESULT);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cublasCreate_v2", e);
    }
  }

  /** Destroys a handle, after all its work. */
  public void destroy(long handle) {
    try {
      check((int) destroy.invokeExact(handle), "cublasDestroy_v2");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cublasDestroy_v2", e);
    }
  }

  /** Has the handle work in a stream. Sets its workspace back to one of the library's own. */
  public void setStream(long handle, long stream) {
    try {
      check((int) setStream.invokeExact(handle, stream), "cublasSetStream_v2");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cublasSetStream_v2", e);
    }
  }

  /**
   * Gives the handle device memory, aligned to 256 bytes, for its intermediate results: it then
   * allocates none, and results repeat bit for bit.
   */
  public void setWorkspace(long handle, long device, long bytes) {
    try {
      check((int) setWorkspace.invokeExact(handle, device, bytes), "cublasSetWorkspace_v2");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cublasSetWorkspace_v2", e);
    }
  }

  /** Sets how products of floats are computed, {@code CUBLAS_…_MATH}. */
  public void setMathMode(long handle, int mode) {
    try {
      check((int) setMathMode.invokeExact(handle, mode), "cublasSetMathMode");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cublasSetMathMode", e);
    }
  }

  /**
   * Returns the version, {@code 10000 · major + 100 · minor + patch}; needs neither handle nor
   * driver.
   */
  public int version() {
    try {
      check((int) getVersion.invokeExact(0L, scratch.at(RESULT)), "cublasGetVersion_v2");
      return scratch.getInt(RESULT);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cublasGetVersion_v2", e);
    }
  }

  /**
   * Issues {@code C = alpha · op(A) · op(B) + beta · C} of floats, column-major, {@code op(A)} of
   * {@code (m, k)}.
   *
   * @param opA {@code CUBLAS_OP_…}, as is {@code opB}
   * @param a device address, as are {@code b} and {@code c}
   * @param lda elements from one stored column to the next, as are {@code ldb} and {@code ldc}
   */
  public void sgemm( // the C prototype
      long handle,
      int opA,
      int opB,
      int m,
      int n,
      int k,
      float alpha,
      long a,
      int lda,
      long b,
      int ldb,
      float beta,
      long c,
      int ldc) {
    try {
      scratch.setFloat(ALPHA, alpha);
      scratch.setFloat(BETA, beta);
      check(
          (int)
              sgemm.invokeExact(
                  handle,
                  opA,
                  opB,
                  m,
                  n,
                  k,
                  scratch.at(ALPHA),
                  a,
                  lda,
                  b,
                  ldb,
                  scratch.at(BETA),
                  c,
                  ldc),
          "cublasSgemm_v2");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cublasSgemm_v2", e);
    }
  }

  /**
   * Issues a product as {@link #sgemm} does, with given types of the elements and of the
   * computation, whose scalars are floats.
   *
   * @param aType {@code CUDA_R_…}, as are {@code bType} and {@code cType}
   * @param computeType {@code CUBLAS_COMPUTE_32F…}
   */
  public void gemm( // the C prototype, less the algorithm
      long handle,
      int opA,
      int opB,
      int m,
      int n,
      int k,
      float alpha,
      long a,
      int aType,
      int lda,
      long b,
      int bType,
      int ldb,
      float beta,
      long c,
      int cType,
      int ldc,
      int computeType) {
    try {
      scratch.setFloat(ALPHA, alpha);
      scratch.setFloat(BETA, beta);
      check(
          (int)
              gemmEx.invokeExact(
                  handle,
                  opA,
                  opB,
                  m,
                  n,
                  k,
                  scratch.at(ALPHA),
                  a,
                  aType,
                  lda,
                  b,
                  bType,
                  ldb,
                  scratch.at(BETA),
                  c,
                  cType,
                  ldc,
                  computeType,
                  CUBLAS_GEMM_DEFAULT),
          "cublasGemmEx");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cublasGemmEx", e);
    }
  }

  /**
   * Issues {@link #gemm} for each of {@code count} matrices.
   *
   * @param apartA elements from one matrix to the next, as are {@code apartB} and {@code apartC}
   * @param count at least 1
   */
  public void batchedGemm( // the C prototype, less the algorithm
      long handle,
      int opA,
      int opB,
      int m,
      int n,
      int k,
      float alpha,
      long a,
      int aType,
      int lda,
      long apartA,
      long b,
      int bType,
      int ldb,
      long apartB,
      float beta,
      long c,
      int cType,
      int ldc,
      long apartC,
      int count,
      int computeType) {
    try {
      scratch.setFloat(ALPHA, alpha);
      scratch.setFloat(BETA, beta);
      check(
          (int)
              gemmStridedBatchedEx.invokeExact(
                  handle,
                  opA,
                  opB,
                  m,
                  n,
                  k,
                  scratch.at(ALPHA),
                  a,
                  aType,
                  lda,
                  apartA,
                  b,
                  bType,
                  ldb,
                  apartB,
                  scratch.at(BETA),
                  c,
                  cType,
                  ldc,
                  apartC,
                  count,
                  computeType,
                  CUBLAS_GEMM_DEFAULT),
          "cublasGemmStridedBatchedEx");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cublasGemmStridedBatchedEx", e);
    }
  }

  private void check(int status, String function) {
    if (status != CUBLAS_STATUS_SUCCESS) {
      throw new CudaException(
          function,
          status,
          text(getStatusName, "cublasGetStatusName", status),
          text(getStatusString, "cublasGetStatusString", status));
    }
  }

  private static String text(MethodHandle get, String function, int status) {
    try {
      return Scratch.textAt((long) get.invokeExact(status));
    } catch (Throwable e) {
      throw NativeLibrary.unexpected(function, e);
    }
  }
}
