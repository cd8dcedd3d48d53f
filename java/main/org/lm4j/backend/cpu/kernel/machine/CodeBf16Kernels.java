package org.lm4j.backend.cpu.kernel.machine;

import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.code.CodePairs;
import org.lm4j.backend.cpu.kernel.Bf16Kernels;
import org.lm4j.backend.cpu.kernel.Lanes;
import org.lm4j.backend.cpu.kernel.scalar.ScalarBf16Kernels;
import org.lm4j.backend.cpu.kernel.vector.VectorBf16Kernels;

/**
 * Pairs by machine code, with the same bits as the Vector API's; all else by the Vector API, or in
 * plain loops without it.
 */
public final class CodeBf16Kernels implements Bf16Kernels {
  private static final long STEP = (long) CodePairs.LANES * Integer.BYTES;

  private final CodePairs code;
  private final Bf16Kernels others =
      Lanes.VECTOR_API ? new VectorBf16Kernels() : new ScalarBf16Kernels();

  private CodeBf16Kernels(CodePairs code) {
    this.code = code;
  }

  /** Returns the kernels for vectors of this width, or null where there is no such code. */
  public static @Nullable CodeBf16Kernels here() {
    CodePairs code = Lanes.COUNT == CodePairs.LANES ? CodePairs.here() : null;
    return code == null ? null : new CodeBf16Kernels(code);
  }

  @Override
  public void pairs(
      int rows,
      int width,
      int padded,
      long low,
      long high,
      long sourceBytes,
      long target,
      long bytes) {
    code.pairs(rows, width, padded, low, high, sourceBytes, target, bytes, STEP);
  }

  @Override
  public void row(int pairs, long row, long stepBytes, long panel, long start, long out) {
    others.row(pairs, row, stepBytes, panel, start, out);
  }

  @Override
  public void groups(
      int count, int rows, long low, long high, long sourceBytes, long target, long groupBytes) {
    int width = count * CodePairs.LANES;
    code.pairs(rows, width, width, low, high, sourceBytes, target, STEP, groupBytes);
  }
}
