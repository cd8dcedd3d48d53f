package org.lm4j.backend.cpu.kernel.vector;

import org.lm4j.backend.cpu.kernel.ProductKernels;

/** Products with packed weights by register tiles: up to six rows of three or four vectors. */
public class VectorProductKernels implements ProductKernels {
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
    boolean wide = vectors == PANEL_VECTORS;
    VectorTile[] byRows = wide ? VectorWideTiles.BY_ROWS : VectorNarrowTiles.BY_ROWS;
    int most = wide ? VectorWideTiles.MOST_ROWS : VectorNarrowTiles.MOST_ROWS;
    int tiles = (rows + most - 1) / most;
    for (int tile = 0; tile < tiles; tile++) { // as even as can be
      int row = (int) ((long) rows * tile / tiles);
      int count = (int) ((long) rows * (tile + 1) / tiles) - row;
      long fromA = a + row * rowBytes;
      long toC = c + row * cBytes;
      byRows[count - 1].run(k, fromA, rowBytes, stepBytes, panel, start, toC, cBytes);
    }
  }

  /** Of 16 registers (AVX2) tiles of 4 x 3 use all, tiles of 2 x 4 the half. */
  @Override
  public boolean prefersNarrow() {
    return VectorMath.LANES == 8;
  }

  @Override
  public void dots(int count, int k, long w, long x, long out) {
    VectorDots.dots(count, k, w, x, out);
  }

  @Override
  public void combine(int count, int n, long a, long w, long out) {
    VectorCombinations.combine(count, n, a, w, out);
  }

  @Override
  public void outer(int count, int n, float alpha, long a, long x, long out) {
    VectorCombinations.outer(count, n, alpha, a, x, out);
  }
}
