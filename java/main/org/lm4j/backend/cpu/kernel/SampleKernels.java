package org.lm4j.backend.cpu.kernel;

/**
 * Products with rows of a table that are chosen by ids: row {@code i} is {@code table[ids[i]]}, of
 * {@code n} floats.
 */
public interface SampleKernels {
  /** Lanes of the widest vectors there are. */
  int MOST_LANES = ProductKernels.MOST_LANES;

  /**
   * Computes {@code out[i] = row i · x} for {@code count} rows.
   *
   * @param sums to work in, {@code count · }{@link #MOST_LANES}
   */
  void dots(int count, int n, long table, int[] ids, long x, float[] sums, float[] out);

  /** Computes {@code out (n) = Σ a[i] · row i}; zeros if {@code count} is 0. */
  void combine(int count, int n, float[] a, long table, int[] ids, long out);

  /**
   * Adds {@code row i += a[i] · x} in ascending {@code i}.
   *
   * @param rowBytes from one row of the table to the next, which may be more than n floats
   */
  void update(int count, int n, float[] a, long x, long table, int[] ids, long rowBytes);
}
