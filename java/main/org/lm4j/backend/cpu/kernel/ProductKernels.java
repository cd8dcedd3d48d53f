package org.lm4j.backend.cpu.kernel;

import org.lm4j.tensor.HostStorage;

/**
 * Inner loops of matrix products with a packed right side.
 *
 * <p>A panel is {@link #PANEL_VECTORS} vectors of columns of the right side, {@code (K,
 * PANEL_VECTORS · lanes)} row-major, so that the inner loop reads it straight through.
 */
public interface ProductKernels {
  /** Vectors of columns in a panel. */
  int PANEL_VECTORS = 4;

  /**
   * Vectors of columns in a narrow panel: any number of vectors from six up is a sum of fours and
   * threes, so that hardly any padding is computed.
   */
  int NARROW_VECTORS = 3;

  /** Lanes of the widest vectors there are. */
  int MOST_LANES = 16;

  /** A row of zeros as wide as a panel: what sums start with where nothing is to be added. */
  HostStorage ZEROS = new HostStorage((long) PANEL_VECTORS * MOST_LANES * Float.BYTES);

  /**
   * Computes {@code c = a · panel}, plus {@code start} in each row, one panel wide. Distances are
   * in bytes.
   *
   * @param vectors of a row of the panel: {@link #PANEL_VECTORS} or {@link #NARROW_VECTORS}
   * @param rows of {@code a} and {@code c}
   * @param k columns of {@code a}, rows of the panel
   * @param rowBytes from one row of {@code a} to the next
   * @param stepBytes from one column of {@code a} to the next
   * @param start a row as wide as the panel that the sums of each row start with
   * @param cBytes from one row of {@code c} to the next
   */
  void panel( // ten numbers are what a product is; a record per tile would be garbage
      int vectors,
      int rows,
      int k,
      long a,
      long rowBytes,
      long stepBytes,
      long panel,
      long start,
      long c,
      long cBytes);

  /** Computes {@code c = a · panel}, the panel one of {@link #PANEL_VECTORS} vectors. */
  default void panel(
      int rows, int k, long a, long rowBytes, long stepBytes, long panel, long c, long cBytes) {
    long start = ZEROS.address();
    panel(PANEL_VECTORS, rows, k, a, rowBytes, stepBytes, panel, start, c, cBytes);
  }

  /**
   * Computes {@code c = a · panels} for one row and panels of {@link #PANEL_VECTORS} that lie one
   * after the other, if there is a kernel for all of them together.
   *
   * @param start a row for the first panel that its sums start with
   * @param startBytes from the row for one panel to that for the next
   * @return whether it has computed anything; if not, each panel is left to {@link #panel}
   */
  default boolean row(int panels, int k, long a, long panel, long start, long startBytes, long c) {
    return false;
  }

  /** Returns whether narrow panels are multiplied faster, where either width may be packed. */
  default boolean prefersNarrow() {
    return false;
  }

  /**
   * Computes {@code out[i] = w[i] · x} for the {@code count} rows {@code w[i]} of {@code k}
   * elements each, one after the other in memory: for products with too few rows to pay for
   * packing.
   */
  void dots(int count, int k, long w, long x, long out);

  /**
   * Computes {@code out (n) = Σ a[i] · w[i]} over the {@code count} rows {@code w[i]} of {@code n}
   * elements, one after the other in memory, {@code count} at least 1.
   */
  void combine(int count, int n, long a, long w, long out);

  /** Computes {@code out (count, n)}, whose row {@code i} is {@code alpha · a[i] · x}. */
  void outer(int count, int n, float alpha, long a, long x, long out);
}
