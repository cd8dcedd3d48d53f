package org.lm4j.backend.cpu.panel;

import org.lm4j.backend.cpu.kernel.choice.Kernels;

/** Factors in float32. */
public final class FloatPanels implements Panels {
  /** The only one: it has no state. */
  public static final Panels INSTANCE = new FloatPanels();

  private static final int DEPTH = 512; // a panel of it is a part of the L2 cache

  private FloatPanels() {}

  @Override
  public String description() {
    return "float32";
  }

  @Override
  public boolean converts() {
    return false;
  }

  @Override
  public boolean adds() {
    return false;
  }

  @Override
  public int mostDepth() {
    return DEPTH;
  }

  @Override
  public int steps(int depth) {
    return depth;
  }

  @Override
  public long left(int rows, int depth, long source, long sourceBytes, long buffer) {
    return source;
  }

  @Override
  public void columns(
      int depth, int valid, int padded, long source, long sourceBytes, long target, long bytes) {
    Kernels.PACKING.copy(depth, valid, padded, source, sourceBytes, target, bytes);
  }

  @Override
  public void groups(
      int count, int depth, long source, long sourceBytes, long target, long groupBytes) {
    Kernels.PACKING.groups(count, depth, source, sourceBytes, target, groupBytes);
  }

  @Override
  public void transposed(
      int count, int depth, long source, long sourceBytes, long target, long bytes, long scratch) {
    Kernels.PACKING.transpose(count, depth, source, sourceBytes, target, bytes);
  }

  @Override
  public long scratchWords(int depth) {
    return 0;
  }

  @Override
  public void multiply(
      int vectors,
      int rows,
      int steps,
      long left,
      long rowBytes,
      long stepBytes,
      long panel,
      long start,
      boolean add,
      long c,
      long cBytes) {
    if (add) {
      throw new IllegalArgumentException("these kernels do not add");
    }
    Kernels.PRODUCTS.panel(
        vectors, rows, steps, left, rowBytes, stepBytes, panel, start, c, cBytes);
  }

  @Override
  public void row(
      int panels, int steps, long left, long panel, long start, long startBytes, long c) {
    if (!Kernels.PRODUCTS.row(panels, steps, left, panel, start, startBytes, c)) {
      Panels.super.row(panels, steps, left, panel, start, startBytes, c);
    }
  }
}
