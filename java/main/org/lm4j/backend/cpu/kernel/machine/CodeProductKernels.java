package org.lm4j.backend.cpu.kernel.machine;

import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.code.CodeDots;
import org.lm4j.backend.cpu.code.CodeTiles;
import org.lm4j.backend.cpu.kernel.Lanes;
import org.lm4j.backend.cpu.kernel.ProductKernels;
import org.lm4j.backend.cpu.kernel.scalar.ScalarProductKernels;
import org.lm4j.backend.cpu.kernel.vector.VectorProductKernels;

/**
 * Products with packed panels and with rows as they lie by machine code, with the same bits as the
 * Vector API's; all else by the Vector API, or in plain loops without it.
 */
public final class CodeProductKernels implements ProductKernels {
  private final CodeTiles tiles;
  private final CodeDots dots;
  private final ProductKernels others =
      Lanes.VECTOR_API ? new VectorProductKernels() : new ScalarProductKernels();

  private CodeProductKernels(CodeTiles tiles, CodeDots dots) {
    this.tiles = tiles;
    this.dots = dots;
  }

  /** Returns the kernels for vectors of this width, or null where there is no such code. */
  public static @Nullable CodeProductKernels here() {
    CodeTiles tiles = CodeTiles.float32(Lanes.COUNT).tiles();
    CodeDots dots = CodeDots.of(Lanes.COUNT);
    return tiles == null || dots == null ? null : new CodeProductKernels(tiles, dots);
  }

  @Override
  public void panel(
      int vectors,
      int rows,
      int k,
      long a,
      long rowBytes,
      long stepBytes,
      long panel,
      long start,
      long c,
      long cBytes) {
    tiles.panel(vectors, rows, k, a, rowBytes, stepBytes, panel, start, false, c, cBytes);
  }

  @Override
  public boolean row(int panels, int k, long a, long panel, long start, long startBytes, long c) {
    tiles.row(panels, k, a, panel, start, startBytes, c);
    return true;
  }

  @Override
  public void dots(int count, int k, long w, long x, long out) {
    dots.dots(count, k, w, x, out);
  }

  @Override
  public void combine(int count, int n, long a, long w, long out) {
    others.combine(count, n, a, w, out);
  }

  @Override
  public void outer(int count, int n, float alpha, long a, long x, long out) {
    others.outer(count, n, alpha, a, x, out);
  }

  /** Tiles of either width use all registers, even where there are 16. */
  @Override
  public boolean prefersNarrow() {
    return false;
  }
}
