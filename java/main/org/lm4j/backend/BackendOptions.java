package org.lm4j.backend;

/**
 * How to open a backend.
 *
 * @param threads for backends that compute on the CPU with several; at least 1
 */
public record BackendOptions(int threads) {
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

  /** As many threads as there are processors. */
  public static BackendOptions defaults() {
    return new BackendOptions(Runtime.getRuntime().availableProcessors());
  }
}
