package org.lm4j.data;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The float32 numbers of many vectors outside the heap: in the mapped file they came from, or in
 * memory that grows by blocks. Freed when unreachable.
 */
final class VectorNumbers {
  private static final ValueLayout.OfFloat NUMBER =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final long BLOCK = 1L << 20; // bytes of one allocation

  private final int dimension;
  private final List<MemorySegment> blocks = new ArrayList<>();
  private final int rowsOfBlock;
  private final boolean mapped;
  private long[] offsets = new long[0]; // by row, in the mapped file
  private int rows;

  /** Creates an empty store of vectors of {@code dimension} numbers. */
  VectorNumbers(int dimension) {
    this.dimension = dimension;
    this.mapped = false;
    this.rowsOfBlock = (int) Math.max(1, BLOCK / ((long) dimension * Float.BYTES));
  }

  /** Creates an empty store of vectors in this file. */
  VectorNumbers(int dimension, MemorySegment file) {
    this.dimension = dimension;
    this.mapped = true;
    this.rowsOfBlock = Integer.MAX_VALUE;
    this.blocks.add(file);
  }

  int dimension() {
    return dimension;
  }

  /**
   * Adds a vector.
   *
   * @param offset the position of the vector in a mapped file
   */
  void add(float[] vector, long offset) {
    if (mapped) {
      if (rows == offsets.length) {
        offsets = Arrays.copyOf(offsets, Math.max(1 << 10, rows + (rows >> 1)));
      }
      offsets[rows++] = offset;
      return;
    }
    if (rows / rowsOfBlock == blocks.size()) {
      long bytes = (long) dimension * Float.BYTES;
      blocks.add(Arena.ofAuto().allocate(bytes * rowsOfBlock, Float.BYTES));
    }
    MemorySegment.copy(vector, 0, block(rows), NUMBER, at(rows), dimension);
    rows++;
  }

  float get(int row, int i) {
    return block(row).get(NUMBER, at(row) + (long) i * Float.BYTES);
  }

  void copy(int row, float[] into) {
    MemorySegment.copy(block(row), NUMBER, at(row), into, 0, dimension);
  }

  private MemorySegment block(int row) {
    return blocks.get(row / rowsOfBlock);
  }

  private long at(int row) {
    return mapped ? offsets[row] : (long) (row % rowsOfBlock) * dimension * Float.BYTES;
  }
}
