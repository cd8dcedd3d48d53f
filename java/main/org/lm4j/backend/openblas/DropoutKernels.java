package org.lm4j.backend.openblas;

import org.lm4j.compute.RandomKey;

/** Inverted dropout. */
interface DropoutKernels {
  /**
   * {@code y = mask ⊙ x · scale} over {@code n} floats.
   *
   * @param quad the block of {@link org.lm4j.compute.Philox} the first four elements draw from
   * @param threshold bits below it, unsigned, are dropped
   */
  void dropout(
      long n, long quad, long x, long y, long threshold, float scale, RandomKey key, int site);
}
