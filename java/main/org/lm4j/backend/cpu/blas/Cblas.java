package org.lm4j.backend.cpu.blas;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.atomic.LongAdder;
import org.lm4j.backend.cpu.kernel.PlainMemory;
import org.lm4j.foreign.NativeLibrary;

/**
 * Calls a CBLAS with 32-bit integers, {@code cblas_sgemm} and {@code cblas_sgemv}: the one place
 * where a matrix product leaves Java. No checks here: callers check shapes, since a wrong length
 * kills the process.
 */
public final class Cblas {
  private static final int ROW_MAJOR = 101;
  private static final int NO_TRANSPOSE = 111;
  private static final int TRANSPOSE = 112;
  private static final String SET_THREADS = "openblas_set_num_threads";

  private final MethodHandle sgemm;
  private final MethodHandle sgemv;
  private final BlasFacts facts;
  private final LongAdder matrices = new LongAdder();
  private final LongAdder vectors = new LongAdder();

  /** Binds the functions and sets the library to use one thread per call. */
  Cblas(NativeLibrary library) {
    // void cblas_sgemm(int order, int transA, int transB, int m, int n, int k,
    //     float alpha, const float *a, int lda, const float *b, int ldb,
    //     float beta, float *c, int ldc)
    // Pointers are passed as 64-bit integers: the same registers, and no segment per call.
    sgemm =
        library.function(
            "cblas_sgemm",
            FunctionDescriptor.ofVoid(
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_FLOAT,
                JAVA_LONG,
                JAVA_INT,
                JAVA_LONG,
                JAVA_INT,
                JAVA_FLOAT,
                JAVA_LONG,
                JAVA_INT));
    // void cblas_sgemv(int order, int trans, int m, int n, float alpha, const float *a, int lda,
    //     const float *x, int incx, float beta, float *y, int incy)
    sgemv =
        library.function(
            "cblas_sgemv",
            FunctionDescriptor.ofVoid(
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_FLOAT,
                JAVA_LONG,
                JAVA_INT,
                JAVA_LONG,
                JAVA_INT,
                JAVA_FLOAT,
                JAVA_LONG,
                JAVA_INT));
    boolean controllable = library.has(SET_THREADS);
    if (controllable) {
      useOneThread(library);
    }
    facts =
        new BlasFacts(
            library.name(),
            library.text("openblas_get_config").orElse("not OpenBLAS").strip(),
            library.text("openblas_get_corename").orElse("unknown").strip(),
            controllable);
  }

  private static void useOneThread(NativeLibrary library) {
    // void openblas_set_num_threads(int)
    MethodHandle set = library.function(SET_THREADS, FunctionDescriptor.ofVoid(JAVA_INT));
    try {
      set.invokeExact(1);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected(SET_THREADS, e);
    }
  }

  /** Returns facts about the library. */
  public BlasFacts facts() {
    return facts;
  }

  /** Returns how many products it has computed, by either function. */
  public long calls() {
    return matrixCalls() + vectorCalls();
  }

  /** Returns how many times {@code cblas_sgemm} was called. */
  public long matrixCalls() {
    return matrices.sum();
  }

  /** Returns how many times {@code cblas_sgemv} was called. */
  public long vectorCalls() {
    return vectors.sum();
  }

  /**
   * Computes {@code C = alpha · op(A) · op(B) + beta · C}, row-major, {@code op(A)} of {@code (m,
   * k)}: one call, of {@code cblas_sgemv} where C is a row or a column. With {@code beta} 0 the
   * result does not depend on what C holds.
   *
   * @param a address, as are {@code b} and {@code c}
   * @param lda elements from one stored row to the next, as are {@code ldb} and {@code ldc}
   */
  public void multiply( // the C prototype, less the order
      boolean transA,
      boolean transB,
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
    if (m == 1) { // cᵀ = op(B)ᵀ · aᵀ
      int step = transA ? lda : 1;
      clear(beta, n, c, 1);
      sgemv(!transB, transB ? n : k, transB ? k : n, alpha, b, ldb, a, step, beta, c, 1);
    } else if (n == 1) {
      int step = transB ? 1 : ldb;
      clear(beta, m, c, ldc);
      sgemv(transA, transA ? k : m, transA ? m : k, alpha, a, lda, b, step, beta, c, ldc);
    } else {
      sgemm(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    }
  }

  /**
   * Zeroes a result before a product with a beta of 0, because a library may multiply by it, and
   * NaN would stay NaN.
   */
  private static void clear(float beta, int count, long y, int step) {
    if (beta == 0) {
      for (int i = 0; i < count; i++) {
        PlainMemory.set(y, (long) i * step, 0);
      }
    }
  }

  private void sgemv( // the C prototype, less the order
      boolean transpose,
      int rows,
      int columns,
      float alpha,
      long a,
      int lda,
      long x,
      int stepX,
      float beta,
      long y,
      int stepY) {
    vectors.increment();
    int op = transpose ? TRANSPOSE : NO_TRANSPOSE;
    try {
      sgemv.invokeExact(ROW_MAJOR, op, rows, columns, alpha, a, lda, x, stepX, beta, y, stepY);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cblas_sgemv", e);
    }
  }

  private void sgemm( // the C prototype, less the order
      boolean transA,
      boolean transB,
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
    matrices.increment();
    int opA = transA ? TRANSPOSE : NO_TRANSPOSE;
    int opB = transB ? TRANSPOSE : NO_TRANSPOSE;
    try {
      sgemm.invokeExact(ROW_MAJOR, opA, opB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cblas_sgemm", e);
    }
  }
}
