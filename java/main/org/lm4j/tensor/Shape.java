package org.lm4j.tensor;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The extents of a dense row-major tensor, outermost first. Immutable. */
public final class Shape {
  private final int[] dims;
  private final long size;

  private Shape(int[] dims) {
    long product = 1;
    for (int dim : dims) {
      if (dim < 0) {
        throw new IllegalArgumentException("negative extent in shape " + Arrays.toString(dims));
      }
      product = Math.multiplyExact(product, dim);
    }
    this.dims = dims;
    this.size = product;
  }

  /**
   * Creates a shape of these extents; none for a scalar.
   *
   * @throws IllegalArgumentException if an extent is negative
   * @throws ArithmeticException if the number of elements exceeds {@code long}
   */
  public static Shape of(int... dims) {
    return new Shape(dims.clone());
  }

  /** Returns the number of extents. */
  public int rank() {
    return dims.length;
  }

  /**
   * Returns extent {@code i}, counted from the outermost; negative {@code i} counts from the
   * innermost.
   */
  public int dim(int i) {
    return dims[i < 0 ? dims.length + i : i];
  }

  /** Returns the number of elements: the product of all extents. */
  public long size() {
    return size;
  }

  /** Returns a copy of the extents. */
  public int[] dims() {
    return dims.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  /** Returns the extents as {@code (2, 3, 4)}. */
  @Override
  public String toString() {
    return Arrays.stream(dims)
        .mapToObj(Integer::toString)
        .collect(Collectors.joining(", ", "(", ")"));
  }
}
