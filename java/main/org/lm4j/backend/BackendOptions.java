package org.lm4j.backend;

import org.jspecify.annotations.Nullable;
import org.lm4j.compute.BlasChoice;
import org.lm4j.compute.Precision;

/**
 * How to open a backend.
 *
 * @param threads for backends that compute on the CPU with several; at least 1
 * @param precision in which a GPU multiplies; null for what suits it
 * @param blas what multiplies matrices on the CPU; null for what the settings say (see {@link
 *     org.lm4j.backend.cpu.blas.BlasLibrary}), {@link BlasChoice#AUTO} if nothing
 */
public record BackendOptions(
    int threads, @Nullable Precision precision, @Nullable BlasChoice blas) {
  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is broken
   */
  public BackendOptions {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1, not " + threads);
    }
  }

  /** With the precision that suits the device and the matrix multiplication of the settings. */
  public BackendOptions(int threads) {
    this(threads, null, null);
  }

  /** The same with another choice of what multiplies matrices. */
  public BackendOptions withBlas(BlasChoice choice) {
    return new BackendOptions(threads, precision, choice);
  }

  /** As many threads as there are processors. */
  public static BackendOptions defaults() {
    return new BackendOptions(Runtime.getRuntime().availableProcessors());
  }
}
