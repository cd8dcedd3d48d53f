package org.lm4j.backend.openblas;

/**
 * The part of a layer one thread computes: sequences {@code [row, rowEnd)} and vectors of units
 * {@code [vector, vectorEnd)}.
 */
record GateRange(int row, int rowEnd, int vector, int vectorEnd) {
  int rows() {
    return rowEnd - row;
  }
}
