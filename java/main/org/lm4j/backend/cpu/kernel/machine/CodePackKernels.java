package org.lm4j.backend.cpu.kernel.machine;

import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.code.CodeMatrices;
import org.lm4j.backend.cpu.kernel.Lanes;
import org.lm4j.backend.cpu.kernel.PackKernels;
import org.lm4j.backend.cpu.kernel.scalar.ScalarPackKernels;

/** Packing by machine code, with the same bits as the Vector API's. */
public final class CodePackKernels implements PackKernels {
  private static final int LANES = CodeMatrices.LANES;
  private static final long STEP = (long) LANES * Float.BYTES;

  private final CodeMatrices code;
  private final PackKernels narrow = new ScalarPackKernels(); // for rows of less than a vector

  private CodePackKernels(CodeMatrices code) {
    this.code = code;
  }

  /** Returns the kernels for vectors of this width, or null where there is no such code. */
  public static @Nullable CodePackKernels here() {
    CodeMatrices code = Lanes.COUNT == LANES ? CodeMatrices.here() : null;
    return code == null ? null : new CodePackKernels(code);
  }

  @Override
  public void copy(
      int rows, int width, int padded, long source, long sourceBytes, long target, long bytes) {
    code.copy(rows, width, padded, source, sourceBytes, target, bytes, STEP);
  }

  @Override
  public void groups(
      int count, int rows, long source, long sourceBytes, long target, long groupBytes) {
    int width = count * LANES;
    code.copy(rows, width, width, source, sourceBytes, target, STEP, groupBytes);
  }

  @Override
  public void transpose(int count, int k, long source, long sourceBytes, long target, long bytes) {
    if (k < LANES) {
      narrow.transpose(count, k, source, sourceBytes, target, bytes);
      return;
    }
    code.transpose(k / LANES, count, source, sourceBytes, target, bytes);
    if (k % LANES != 0) { // the last block overlaps the one before
      int j = k - LANES;
      long from = source + (long) j * Float.BYTES;
      code.transpose(1, count, from, sourceBytes, target + j * bytes, bytes);
    }
  }

  @Override
  public void addRows(int rows, int width, long matrix, long bytes, long sums) {
    code.addRows(rows, width, matrix, bytes, sums);
  }

  @Override
  public void merge(
      int rows,
      int width,
      long tile,
      long tileBytes,
      float alpha,
      float keep,
      long c,
      long cBytes) {
    code.merge(rows, width, tile, tileBytes, alpha, keep, c, cBytes);
  }
}
