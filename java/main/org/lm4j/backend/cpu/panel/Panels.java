package org.lm4j.backend.cpu.panel;

import org.lm4j.backend.cpu.kernel.ProductKernels;
import org.lm4j.backend.cpu.kernel.choice.Kernels;

/**
 * The numbers in which matrices are multiplied: how both factors are stored and multiplied.
 *
 * <p>The right side of a product lies in panels, some vectors of columns wide, and the left side
 * row by row or in groups of a vector of columns. The depth {@code k} of a product becomes {@link
 * #steps} of its inner loop. Each step is one word of 32 bits of every row of the left side, and as
 * many vectors of such words as a panel is wide. Sums, the bias they start with, and results are
 * float32. Distances are in bytes. Stateless: threads share an instance.
 */
public interface Panels {
  /** Returns a phrase for a line that describes the backend. */
  String description();

  /** Returns whether the left side is converted; otherwise it is read as it lies. */
  boolean converts();

  /** Returns whether {@link #multiply} can add to what is there. */
  boolean adds();

  /** Returns the largest depth of a block, into which a deeper product is cut. */
  int mostDepth();

  /** Returns the steps of the inner loop for a depth. */
  int steps(int depth);

  /**
   * Converts rows of the left side, unless they are read as they lie.
   *
   * @param sourceBytes from one row of {@code depth} floats to the next
   * @param buffer memory for {@code rows · steps(depth)} words
   * @return the address of the first row, see {@link #rowBytes}
   */
  long left(int rows, int depth, long source, long sourceBytes, long buffer);

  /** Returns the distance from one row that {@link #left} returned to the next. */
  default long rowBytes(int depth, long sourceBytes) {
    return converts() ? (long) steps(depth) * Float.BYTES : sourceBytes;
  }

  /** Returns the words of a buffer for the left side: 0 if it is read as it lies. */
  default long leftWords(long rows, int depth) {
    return converts() ? rows * steps(depth) : 0;
  }

  /**
   * Packs columns of a matrix {@code (depth, ·)}: {@code steps(depth)} rows of words, one for each
   * column.
   *
   * @param valid columns there are; beyond them are zeros
   * @param padded columns to be written, whole vectors
   * @param bytes from one row of words to the next
   */
  void columns( // a source and a target, each an address and a distance
      int depth, int valid, int padded, long source, long sourceBytes, long target, long bytes);

  /**
   * Packs adjacent columns of a matrix {@code (depth, ·)} in groups of a vector: {@code
   * steps(depth)} rows of one vector of words for each group.
   *
   * @param count groups, each of as many columns as a vector has lanes; may be 0
   * @param groupBytes from the beginning of one group to the next, at least its size
   */
  void groups(int count, int depth, long source, long sourceBytes, long target, long groupBytes);

  /**
   * Packs rows of a matrix {@code (·, depth)} as columns: {@code steps(depth)} rows of one vector.
   *
   * @param count rows there are, from 1 to the lanes of a vector; beyond them are zeros
   * @param bytes from one row of words to the next
   * @param scratch memory for {@link #scratchWords}
   */
  void transposed( // a source and a target, each an address and a distance
      int count, int depth, long source, long sourceBytes, long target, long bytes, long scratch);

  /** Returns the words of scratch memory that {@link #transposed} needs. */
  long scratchWords(int depth);

  /**
   * Multiplies some rows by a panel: {@code c = start + left · panel}, or the same added to {@code
   * c}.
   *
   * @param vectors of a row of the panel, see {@link ProductKernels}
   * @param rowBytes from one row of the left side to the next
   * @param stepBytes from one step of the left side to the next
   * @param start a row of floats as wide as the panel, with which the sums of each row begin
   * @param add whether the sums are added to {@code c} at the end, see {@link #adds}
   * @param cBytes from one row of {@code c} to the next
   */
  void multiply( // eleven numbers are what a product is; a record per tile would be garbage
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
      long cBytes);

  /** The same with a wide panel and sums that begin with zero; rows lie step by step. */
  default void multiply(
      int rows, int steps, long left, long rowBytes, long panel, long c, long cBytes) {
    multiply(
        ProductKernels.PANEL_VECTORS,
        rows,
        steps,
        left,
        rowBytes,
        Float.BYTES,
        panel,
        ProductKernels.ZEROS.address(),
        false,
        c,
        cBytes);
  }

  /**
   * Multiplies one row by wide panels that lie one after the other, each with the bits of {@link
   * #multiply}.
   *
   * @param panels at least 1
   * @param start a row of floats for the first panel, with which its sums begin
   * @param startBytes from the row for one panel to that for the next; 0 if it is the same
   * @param c the results of all panels
   */
  default void row( // what a product is
      int panels, int steps, long left, long panel, long start, long startBytes, long c) {
    int vectors = ProductKernels.PANEL_VECTORS;
    long wide = (long) vectors * Kernels.GATES.lanes() * Float.BYTES;
    for (int p = 0; p < panels; p++) {
      long at = panel + p * wide * steps;
      long from = start + p * startBytes;
      multiply(vectors, 1, steps, left, 0, Float.BYTES, at, from, false, c + p * wide, 0);
    }
  }
}
