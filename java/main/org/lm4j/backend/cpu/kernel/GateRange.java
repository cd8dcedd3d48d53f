package org.lm4j.backend.cpu.kernel;

/**
 * The part of a layer one thread computes: sequences {@code [row, rowEnd)} and vectors of units
 * {@code [vector, vectorEnd)}.
 */
public record GateRange(int row, int rowEnd, int vector, int vectorEnd) {
  /** Returns the number of sequences. */
  public int rows() {
    return rowEnd - row;
  }
}
