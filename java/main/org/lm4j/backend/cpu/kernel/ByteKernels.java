package org.lm4j.backend.cpu.kernel;

/** Products with weights of one byte. */
public interface ByteKernels {
  /** Returns whether they take less time than products with floats. */
  boolean fast();

  /**
   * Computes {@code out = x · panel}.
   *
   * @param k floats of {@code x}
   * @param panel bytes, {@code (k, PANEL_VECTORS · lanes)}
   * @param out a row as wide as the panel
   */
  void panel(int k, long x, long panel, long out);
}
