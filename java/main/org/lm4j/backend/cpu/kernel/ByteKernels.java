package org.lm4j.backend.cpu.kernel;

/** Products with weights of one byte. */
public interface ByteKernels {
  /** Returns whether they take less time than products with floats. */
  boolean fast();

  /**
   * Computes {@code out = x · panel} for adjacent panels.
   *
   * @param count of the panels, at least 1
   * @param k floats of {@code x}, at least 1
   * @param panels bytes, {@code (count, k, PANEL_VECTORS · lanes)}
   * @param out {@code (count, PANEL_VECTORS · lanes)} floats
   */
  void panels(int count, int k, long x, long panels, long out);
}
