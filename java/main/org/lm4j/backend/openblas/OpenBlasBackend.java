package org.lm4j.backend.openblas;

import org.jspecify.annotations.Nullable;
import org.lm4j.compute.QueuedBackend;

/**
 * The CPU, in float32, with a team of threads that share each operation. The same number of threads
 * gives the same bits from run to run.
 */
public final class OpenBlasBackend extends QueuedBackend {
  private final CpuOperations operations;

  /**
   * A backend with a team of its own.
   *
   * @param blas what computes general products; null for our own kernels
   * @param threads at least 1
   */
  public OpenBlasBackend(@Nullable Cblas blas, int threads) {
    this(new CpuOperations(blas, threads));
  }

  private OpenBlasBackend(CpuOperations operations) {
    super(operations, operations.lock());
    this.operations = operations;
  }

  /**
   * Computes general products by our own kernels with the Vector API, and through the CBLAS there
   * is without it or where the settings ask for one, see {@link BlasLibrary}. Only then is a
   * library looked for and opened, which takes longer than all the rest of a start.
   *
   * @param threads at least 1
   * @throws org.lm4j.foreign.NativeException if a CBLAS is needed and there is none, or the one
   *     given cannot be used
   * @throws org.lm4j.InputException if a setting has no meaning
   */
  public static OpenBlasBackend open(int threads) {
    return new OpenBlasBackend(BlasLibrary.forProducts(), threads);
  }

  /** The library that computes general products; null where our own kernels do. */
  public @Nullable Cblas blas() {
    return operations.blas();
  }

  /** Whether it computes in vectors; in plain loops, which are slow, if the JVM has none. */
  public boolean vectorised() {
    return operations.vectorised();
  }

  /** Number of threads that share the work. */
  public int threads() {
    return operations.threads();
  }
}
