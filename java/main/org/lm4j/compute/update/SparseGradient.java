package org.lm4j.compute.update;

import java.util.List;
import org.lm4j.tensor.Tensor;

/**
 * The flat gradient of all weights, which is zero in most rows of some tables.
 *
 * @param flat all gradients
 * @param ranges what may differ from zero outside the tables: disjoint, ascending
 * @param tables in the flat buffer; disjoint from the ranges and each other
 */
public record SparseGradient(Tensor flat, List<Range> ranges, List<Table> tables) {
  /**
   * Consecutive elements of the flat buffer.
   *
   * @param from the first one
   * @param size their number
   */
  public record Range(long from, long size) {}

  /**
   * A table of which some rows may differ from zero.
   *
   * @param from its first element in the flat buffer
   * @param width of a row
   * @param touched these rows
   */
  public record Table(long from, int width, TouchedRows touched) {}
}
