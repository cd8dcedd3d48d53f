package org.lm4j.backend.openblas;

import org.lm4j.compute.RandomKey;

/** Dropout with the Vector API. */
final class VectorDropoutKernels implements DropoutKernels {
  private final ScalarDropoutKernels plain = new ScalarDropoutKernels();

  @Override
  public void dropout(
      long n, long quad, long x, long y, long threshold, float scale, RandomKey key, int site) {
    plain.dropout(n, quad, x, y, threshold, scale, key, site);
  }
}
