package org.lm4j.backend.openblas;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.atomic.LongAdder;
import org.lm4j.foreign.NativeLibrary;

/**
 * The functions used of a CBLAS with 32-bit integers. No checks here: whoever calls has checked
 * shapes, since a wrong length kills the process.
 */
public final class Cblas {
  private static final int ROW_MAJOR = 101;
  private static final int NO_TRANSPOSE = 111;
  private static final int TRANSPOSE = 112;
  private static final String SET_THREADS = "openblas_set_num_threads";

  private final MethodHandle sgemm;
  private final BlasFacts facts;
  private final LongAdder calls = new LongAdder();

  /** Binds what is used and tells the library to use one thread per call. */
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

  /** What is known of the library. */
  public BlasFacts facts() {
    return facts;
  }

  /** How many products it has computed. */
  public long calls() {
    return calls.sum();
  }

  /**
   * {@code C = alpha · op(A) · op(B) + beta · C}, row-major, {@code op(A)} of {@code (m, k)}.
   *
   * @param a address, as are {@code b} and {@code c}
   * @param lda elements from one stored row to the next, as are {@code ldb} and {@code ldc}
   */
  void sgemm( // the C prototype, less the order
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
    calls.increment();
    int opA = transA ? TRANSPOSE : NO_TRANSPOSE;
    int opB = transB ? TRANSPOSE : NO_TRANSPOSE;
    try {
      sgemm.invokeExact(ROW_MAJOR, opA, opB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cblas_sgemm", e);
    }
  }
}
