package org.lm4j.backend.cpu.kernel;

import org.lm4j.compute.RandomKey;

/** Inverted dropout: which elements go is what {@link org.lm4j.compute.Philox} says, to the bit. */
public interface DropoutKernels {
  /**
   * {@code y = mask ⊙ x · scale} over {@code n} floats.
   *
   * @param quad the block of {@link org.lm4j.compute.Philox} the first four elements draw from
   * @param threshold bits below it, unsigned, are dropped; below 2^32
   */
  // Eight parameters: what one slice needs; a record of it would be garbage of each call.
  void dropout(
      long n, long quad, long x, long y, long threshold, float scale, RandomKey key, int site);
}
