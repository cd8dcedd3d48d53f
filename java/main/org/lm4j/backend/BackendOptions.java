package org.lm4j.backend;

import org.jspecify.annotations.Nullable;
import org.lm4j.compute.BlasChoice;
import org.lm4j.compute.Precision;

/**
 * The options for opening a backend.
 *
 * @param threads for backends that compute on the CPU with several; at least 1
 * @param precision in which matrices are multiplied; null for what suits the device: fp32 on a CPU
 * @param blas what multiplies matrices on the CPU; null for what the settings say (see {@link
 *     org.lm4j.backend.cpu.blas.BlasLibrary}), {@link BlasChoice#AUTO} if nothing
 * @param gpu which of the GPUs that CUDA shows to this process, from 0; modulo their number
 */
public record BackendOptions(
    int threads, @Nullable Precision precision, @Nullable BlasChoice blas, int gpu) {
  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is broken
   */
  public BackendOptions {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1, not " + threads);
    }
    if (gpu < 0) {
      throw new IllegalArgumentException("gpu must be at least 0, not " + gpu);
    }
  }

  /** Creates options for the first GPU. */
  public BackendOptions(int threads, @Nullable Precision precision, @Nullable BlasChoice blas) {
    this(threads, precision, blas, 0);
  }

  /**
   * Creates options with the device's usual precision and the choice of matrix multiplication from
   * the settings.
   */
  public BackendOptions(int threads) {
    this(threads, null, null);
  }

  /** Returns a copy with another choice of matrix multiplication. */
  public BackendOptions withBlas(BlasChoice choice) {
    return new BackendOptions(threads, precision, choice, gpu);
  }

  /** Returns the default options: one thread for each processor. */
  public static BackendOptions defaults() {
    return new BackendOptions(Runtime.getRuntime().availableProcessors());
  }
}
