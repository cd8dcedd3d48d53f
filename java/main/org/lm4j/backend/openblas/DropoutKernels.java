package org.lm4j.backend.openblas;

import static org.lm4j.backend.openblas.PlainMemory.get;
import static org.lm4j.backend.openblas.PlainMemory.set;

import org.lm4j.compute.Philox;
import org.lm4j.compute.RandomKey;

/**
 * Inverted dropout, in plain loops: the generator's chains of integer products run side by side in
 * the processor, four draws a block.
 */
final class DropoutKernels {
  private static final int QUAD = 4; // draws of one block

  private DropoutKernels() {}

  /**
   * {@code y = mask ⊙ x · scale} over {@code n} floats.
   *
   * @param quad the block of {@link Philox} the first four elements draw from
   * @param threshold bits below it, unsigned, are dropped
   */
  static void dropout( // what one slice of a dropout needs; a record of it would be garbage
      long n, long quad, long x, long y, long threshold, float scale, RandomKey key, int site) {
    int[] words = new int[QUAD];
    for (long from = 0; from < n; from += QUAD) {
      Philox.block(key, site, quad + from / QUAD, words);
      int count = (int) Math.min(QUAD, n - from);
      for (int i = 0; i < count; i++) {
        boolean keep = Integer.toUnsignedLong(words[i]) >= threshold;
        set(y, from + i, keep ? get(x, from + i) * scale : 0);
      }
    }
  }
}
