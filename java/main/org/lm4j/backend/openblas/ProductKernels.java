package org.lm4j.backend.openblas;

/**
 * Products with the recurrent weights: small in rows, the same weights at every step.
 *
 * <p>Packed weights are panels of {@link #PANEL_VECTORS} vectors of columns, a panel {@code (K,
 * PANEL_VECTORS · lanes)} row-major, so that the inner loop reads them straight through.
 */
interface ProductKernels {
  /** Vectors of columns in a panel. */
  int PANEL_VECTORS = 4;

  /**
   * {@code c = a · panel}, one panel wide.
   *
   * @param rows of {@code a} and {@code c}
   * @param k columns of {@code a}, rows of the panel
   * @param lda elements from one row of {@code a} to the next, as is {@code ldc}
   */
  void panel(int rows, int k, long a, int lda, long panel, long c, int ldc);

  /**
   * {@code out[i] = w[i] · x} for the {@code count} rows {@code w[i]} of {@code k} elements each,
   * one after the other in memory: for products with too few rows to pay for packing.
   */
  void dots(int count, int k, long w, long x, long out);
}
