package org.lm4j.backend.cpu.kernel.scalar;

import static org.lm4j.backend.cpu.kernel.PlainMemory.get;
import static org.lm4j.backend.cpu.kernel.PlainMemory.set;

import org.lm4j.backend.cpu.kernel.DropoutKernels;
import org.lm4j.compute.Philox;
import org.lm4j.compute.RandomKey;

/** Dropout in plain loops, four draws a block. */
public final class ScalarDropoutKernels implements DropoutKernels {
  private static final int QUAD = 4; // draws of one block

  @Override
  public void dropout(
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
