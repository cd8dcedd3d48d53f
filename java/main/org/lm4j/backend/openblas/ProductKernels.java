package org.lm4j.backend.openblas;

/**
 * Inner loops of matrix products with a packed right side.
 *
 * <p>A panel is {@link #PANEL_VECTORS} vectors of columns of the right side, {@code (K,
 * PANEL_VECTORS · lanes)} row-major, so that the inner loop reads it straight through.
 */
interface ProductKernels {
  /** Vectors of columns in a panel. */
  int PANEL_VECTORS = 4;

  /**
   * {@code c = a · panel}, one panel wide. Distances are in bytes.
   *
   * @param rows of {@code a} and {@code c}
   * @param k columns of {@code a}, rows of the panel
   * @param rowBytes from one row of {@code a} to the next
   * @param stepBytes from one column of {@code a} to the next
   * @param cBytes from one row of {@code c} to the next
   */
  void panel( // eight numbers are what a product is; a record per tile would be garbage
      int rows, int k, long a, long rowBytes, long stepBytes, long panel, long c, long cBytes);

  /**
   * {@code out[i] = w[i] · x} for the {@code count} rows {@code w[i]} of {@code k} elements each,
   * one after the other in memory: for products with too few rows to pay for packing.
   */
  void dots(int count, int k, long w, long x, long out);
}
