package org.lm4j.backend.cpu.kernel;

/**
 * Products of a row and a panel in steps of {@link Int8}, four bytes in each word.
 *
 * <p>Element {@code i} of a depth of {@code W} words is byte {@code i / W}, from the lowest, of
 * word {@code i mod W}. Weights have a sign. A row's steps have none, since {@link Int8#OFFSET} is
 * added to them, as x86's vpdpbusd takes them. Sums are exact.
 */
public interface Int8Kernels {
  /**
   * Rounds a row to steps.
   *
   * @param depth floats of {@code x}; the bytes beyond become zero steps
   * @param words overwritten: {@code Int8.words(depth)}
   * @return the length of a step
   */
  float round(int depth, long x, long words);

  /**
   * Computes the sums of the products of steps, one panel of {@link ProductKernels#PANEL_VECTORS}
   * wide.
   *
   * @param words of the row, rows of the panel
   * @param sums overwritten with ints
   */
  void row(int words, long row, long panel, long sums);

  /**
   * Computes {@code out[i] = start[i] + sums[i] · (step · steps[i])}, each operation rounded once.
   *
   * @param width whole vectors
   * @param sums ints; may be {@code out}
   */
  void scale(int width, long sums, float step, long steps, long start, long out);
}
