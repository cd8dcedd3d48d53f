package org.lm4j.backend.cpu.kernel.machine;

import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.code.CodeScores;
import org.lm4j.backend.cpu.kernel.Lanes;
import org.lm4j.backend.cpu.kernel.ScoreKernels;

/** Scores of rows of logits by machine code, with the same bits as the Vector API's. */
public final class CodeScoreKernels implements ScoreKernels {
  private static final long STEP = (long) CodeScores.LANES * Float.BYTES;

  private final CodeScores code;

  private CodeScoreKernels(CodeScores code) {
    this.code = code;
  }

  /** Returns the kernels for vectors of this width, or null where there is no such code. */
  public static @Nullable CodeScoreKernels here() {
    CodeScores code = Lanes.COUNT == CodeScores.LANES ? CodeScores.here() : null;
    return code == null ? null : new CodeScoreKernels(code);
  }

  @Override
  public void add(int rows, int vectors, long tile, long state) {
    if (rows > 0) {
      code.add(rows, vectors, tile, TILE_VECTORS * STEP, state, 3 * STEP);
    }
  }

  @Override
  public void finish(int rows, long state) {
    if (rows > 0) {
      code.finish(rows, state, 3 * STEP);
    }
  }

  @Override
  public float largest(int vectors, long x) {
    return code.largest(vectors, x);
  }

  @Override
  public void weights(int vectors, long x, float max, float factor, long sums) {
    code.weights(vectors, x, max, factor, sums);
  }

  @Override
  public void raise(int vectors, long x, float more) {
    code.raise(vectors, x, more, ABOVE, BELOW);
  }
}
