package org.lm4j.backend.cpu.kernel;

/** Rounds float32 to {@link Bf16} and brings two numbers into each word of 32 bits. */
public interface Bf16Kernels {
  /**
   * Writes {@code rows} rows of {@code width} words: element {@code i} of a row is the lower half
   * of word {@code i}, that of another row the upper half.
   *
   * @param padded words of a row: those from {@code width} on become zero; {@code width}, or whole
   *     vectors
   * @param low the first row of the lower halves; 0 for zeros
   * @param high the first row of the upper halves; 0 for zeros
   * @param sourceBytes from one row to the next of either
   * @param bytes from one row of words to the next
   */
  void pairs( // two sources and a target, each an address and a distance
      int rows,
      int width,
      int padded,
      long low,
      long high,
      long sourceBytes,
      long target,
      long bytes);

  /**
   * Computes {@code out = start + row · panel}, one panel of {@link ProductKernels#PANEL_VECTORS}
   * wide. The products of a pair are added one after the other, the upper halves' first, each
   * rounded once with the sum.
   *
   * @param pairs words of the row, rows of the panel
   * @param stepBytes from one word of the row to the next
   * @param start a row of floats as wide as the panel
   */
  void row(int pairs, long row, long stepBytes, long panel, long start, long out);

  /**
   * Writes the same as {@link #pairs} for {@code count} groups of columns, a vector each: {@code
   * rows} vectors of words for a group, one after the other.
   *
   * @param low the first row of the lower halves
   * @param high the first row of the upper halves; 0 for zeros
   * @param groupBytes from the beginning of one group to the next
   */
  void groups( // two sources and a target, each an address and a distance
      int count, int rows, long low, long high, long sourceBytes, long target, long groupBytes);
}
