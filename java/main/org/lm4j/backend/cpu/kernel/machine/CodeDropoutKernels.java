package org.lm4j.backend.cpu.kernel.machine;

import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.code.CodeDropout;
import org.lm4j.backend.cpu.kernel.DropoutKernels;
import org.lm4j.backend.cpu.kernel.Lanes;
import org.lm4j.compute.RandomKey;

/** Dropout by machine code, with the same bits as the Vector API's. */
public final class CodeDropoutKernels implements DropoutKernels {
  private static final int SITE = 40; // the lowest bit of the site in a counter

  private final CodeDropout code;

  private CodeDropoutKernels(CodeDropout code) {
    this.code = code;
  }

  /** Returns the kernels for vectors of this width, or null where there is no such code. */
  public static @Nullable CodeDropoutKernels here() {
    CodeDropout code = Lanes.COUNT == CodeDropout.LANES ? CodeDropout.here() : null;
    return code == null ? null : new CodeDropoutKernels(code);
  }

  @Override
  public void dropout(
      long n, long quad, long x, long y, long threshold, float scale, RandomKey key, int site) {
    long counter = quad + ((long) site << SITE);
    CodeDropout.First first = new CodeDropout.First(counter, key.step(), key.seed());
    code.drop(n, first, x, y, (int) threshold, scale);
  }
}
