package org.lm4j.backend.openblas;

import static org.lm4j.backend.openblas.PlainMemory.get;
import static org.lm4j.backend.openblas.PlainMemory.set;

import org.lm4j.compute.Philox;
import org.lm4j.compute.RandomKey;

/** Dropout in plain loops. */
final class ScalarDropoutKernels implements DropoutKernels {
  @Override
  public void dropout(
      long n, long quad, long x, long y, long threshold, float scale, RandomKey key, int site) {
    for (long i = 0; i < n; i++) {
      long bits = Integer.toUnsignedLong(Philox.bits(key, site, quad * 4 + i));
      set(y, i, bits >= threshold ? get(x, i) * scale : 0);
    }
  }
}
