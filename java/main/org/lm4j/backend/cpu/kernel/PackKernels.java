package org.lm4j.backend.cpu.kernel;

/** Copies pieces of a matrix into the order in which products read them. Distances in bytes. */
public interface PackKernels {
  /**
   * Copies {@code rows} rows of {@code width} floats and fills each with zeros to {@code padded}.
   *
   * @param padded whole vectors, at least {@code width}
   */
  void copy(
      int rows, int width, int padded, long source, long sourceBytes, long target, long bytes);

  /**
   * Copies {@code count} adjacent groups of columns, a vector each: {@code rows} vectors of each
   * group, one after the other.
   *
   * @param groupBytes from the beginning of one group to the next
   */
  void groups(int count, int rows, long source, long sourceBytes, long target, long groupBytes);

  /**
   * Transposes {@code count} rows of {@code k} floats into {@code k} rows of one vector, whose
   * lanes from {@code count} on become zero.
   *
   * @param count from 1 to the lanes of a vector
   */
  void transpose(int count, int k, long source, long sourceBytes, long target, long bytes);

  /**
   * Computes {@code sums (width) +=} the rows of {@code (rows, width)}.
   *
   * @param width at most the lanes of a vector
   * @param bytes from one row to the next, at least a vector's
   */
  void addRows(int rows, int width, long matrix, long bytes, long sums);

  /**
   * Computes {@code c = alpha · tile + keep · c}; {@code c} is not read where {@code keep} is 0.
   *
   * @param tileBytes from one row of {@code tile} to the next, whole vectors
   */
  void merge( // one address and one distance a side, and the two factors
      int rows, int width, long tile, long tileBytes, float alpha, float keep, long c, long cBytes);
}
