package org.lm4j.backend;

import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Precision;

/**
 * How to open a backend.
 *
 * @param threads for backends that compute on the CPU with several; at least 1
 * @param precision in which a GPU multiplies; null for what suits it
 */
public record BackendOptions(int threads, @Nullable Precision precision) {
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

  /** With the precision that suits the device. */
  public BackendOptions(int threads) {
    this(threads, null);
  }

  /** As many threads as there are processors. */
  public static BackendOptions defaults() {
    return new BackendOptions(Runtime.getRuntime().availableProcessors());
  }
}
