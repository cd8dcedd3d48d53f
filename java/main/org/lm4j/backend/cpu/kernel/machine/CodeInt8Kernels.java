package org.lm4j.backend.cpu.kernel.machine;

import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.code.CodeRounding;
import org.lm4j.backend.cpu.kernel.Int8;
import org.lm4j.backend.cpu.kernel.Int8Kernels;
import org.lm4j.backend.cpu.kernel.Lanes;
import org.lm4j.backend.cpu.kernel.scalar.ScalarInt8Kernels;
import org.lm4j.backend.cpu.kernel.vector.VectorInt8Kernels;

/**
 * Rounding and scaling by machine code, with the same bits as the Vector API's; products by the
 * Vector API or in plain loops, where the processor has no instruction for them.
 */
public final class CodeInt8Kernels implements Int8Kernels {
  private static final int LANES = CodeRounding.LANES;

  private final CodeRounding code;
  private final Int8Kernels others =
      Lanes.VECTOR_API ? new VectorInt8Kernels() : new ScalarInt8Kernels();

  private CodeInt8Kernels(CodeRounding code) {
    this.code = code;
  }

  /** Returns the kernels for vectors of this width, or null where there is no such code. */
  public static @Nullable CodeInt8Kernels here() {
    CodeRounding code = Lanes.COUNT == LANES ? CodeRounding.here() : null;
    return code == null ? null : new CodeInt8Kernels(code);
  }

  @Override
  public float round(int depth, long x, long words) {
    int count = Int8.words(depth);
    int vectors = Math.max(0, depth - 3 * count) / LANES; // of words that have all four
    float most = code.most(depth, x);
    float stepsOfOne = Int8.stepsOfOne(most);
    int offset = Int8.OFFSET - Int8.WHOLE_BITS;
    code.words(vectors, count, x, stepsOfOne, Int8.WHOLE, offset, words);
    ScalarInt8Kernels.words(vectors * LANES, depth, x, stepsOfOne, words);
    return Int8.step(most);
  }

  @Override
  public void row(int words, long row, long panel, long sums) {
    others.row(words, row, panel, sums);
  }

  @Override
  public void scale(int width, long sums, float step, long steps, long start, long out) {
    code.scale(width / LANES, sums, step, steps, start, out);
  }
}
