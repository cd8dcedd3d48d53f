package org.lm4j.backend.cpu.panel;

/** Multiplies rows of pairs by a panel of pairs, in the order that {@link Bf16Panels} defines. */
@FunctionalInterface
public interface Bf16Tile {
  /**
   * {@code c = start + a · panel}, or that added to {@code c}; distances in bytes.
   *
   * @param vectors of a row of the panel
   * @param pairs words of a row of {@code a}, rows of the panel
   * @param rowBytes from one row of {@code a} to the next
   * @param stepBytes from one word of {@code a} to the next
   * @param start a row of floats with which the sums of each row begin
   * @param add whether the sums are added to {@code c} at the end
   * @param cBytes from one row of {@code c} to the next
   */
  void panel( // eleven numbers are what a product is; a record per tile would be garbage
      int vectors,
      int rows,
      int pairs,
      long a,
      long rowBytes,
      long stepBytes,
      long panel,
      long start,
      boolean add,
      long c,
      long cBytes);
}
