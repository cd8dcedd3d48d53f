package org.lm4j.tensor;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * A dense, row-major view of part of a {@link Storage}: element type, shape, and where it begins.
 * Immutable itself; the elements are not. Views share memory and own nothing.
 */
public final class Tensor {
  private final Storage storage;
  private final long offset;
  private final Shape shape;
  private final DType dtype;

  /**
   * Creates a view of {@code storage}.
   *
   * @param offset the position of the first element, in elements of {@code dtype}
   * @throws IndexOutOfBoundsException if the view does not lie inside the storage
   */
  public Tensor(Storage storage, long offset, Shape shape, DType dtype) {
    Objects.checkFromIndexSize(offset, shape.size(), storage.byteSize() / dtype.bytes());
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.dtype = dtype;
  }

  /** Returns the memory this tensor views. */
  public Storage storage() {
    return storage;
  }

  /** Returns the position of the first element in the storage, in elements. */
  public long offset() {
    return offset;
  }

  /** Returns the extents. */
  public Shape shape() {
    return shape;
  }

  /** Returns the element type. */
  public DType dtype() {
    return dtype;
  }

  /** Returns the number of elements. */
  public long size() {
    return shape.size();
  }

  /**
   * Returns the address of the first element, on the host or on the device.
   *
   * @throws IllegalStateException if the storage is closed
   */
  public long address() {
    return storage.address() + offset * dtype.bytes();
  }

  /**
   * Returns the elements as a segment of host memory, bounded to this view.
   *
   * @throws IllegalStateException if the storage is closed or is not on the host
   */
  public MemorySegment segment() {
    return host().asSlice(offset * dtype.bytes(), size() * dtype.bytes());
  }

  /**
   * Returns a view of the same elements in another shape.
   *
   * @throws IllegalArgumentException if the number of elements differs
   */
  public Tensor reshape(int... dims) {
    Shape target = Shape.of(dims);
    if (target.size() != size()) {
      throw new IllegalArgumentException("cannot view " + shape + " as " + target);
    }
    return new Tensor(storage, offset, target, dtype);
  }

  /**
   * Returns a view of {@code count} entries along the outermost extent, from entry {@code from}.
   *
   * @throws IndexOutOfBoundsException if they do not exist
   */
  public Tensor slice(int from, int count) {
    int[] dims = shape.dims();
    Objects.checkFromIndexSize(from, count, dims[0]);
    long entry = dims[0] == 0 ? 0 : size() / dims[0];
    dims[0] = count;
    return new Tensor(storage, offset + from * entry, Shape.of(dims), dtype);
  }

  /**
   * Returns a view of shape {@code dims} from flat position {@code from} of this tensor.
   *
   * @throws IndexOutOfBoundsException if they do not exist
   */
  public Tensor view(long from, int... dims) {
    Shape target = Shape.of(dims);
    Objects.checkFromIndexSize(from, target.size(), size());
    return new Tensor(storage, offset + from, target, dtype);
  }

  /**
   * Returns element {@code i} of the flat host tensor. For tests, loading and saving, not for fast
   * loops.
   *
   * @throws IndexOutOfBoundsException if there is no such element
   * @throws IllegalStateException if the storage is closed or is not on the host
   */
  public double get(long i) {
    MemorySegment memory = host();
    Objects.checkIndex(i, size());
    long at = (offset + i) * dtype.bytes();
    return switch (dtype) {
      case F32 -> memory.get(JAVA_FLOAT, at);
      case F64 -> memory.get(JAVA_DOUBLE, at);
      case I32 -> memory.get(JAVA_INT, at);
    };
  }

  /**
   * Sets element {@code i} of the flat host tensor, rounded to the element type.
   *
   * @throws IndexOutOfBoundsException if there is no such element
   * @throws IllegalStateException if the storage is closed or is not on the host
   */
  public void set(long i, double value) {
    MemorySegment memory = host();
    Objects.checkIndex(i, size());
    long at = (offset + i) * dtype.bytes();
    switch (dtype) {
      case F32 -> memory.set(JAVA_FLOAT, at, (float) value);
      case F64 -> memory.set(JAVA_DOUBLE, at, value);
      case I32 -> memory.set(JAVA_INT, at, (int) value);
    }
  }

  /** Returns all elements of a host tensor, widened to double. */
  public double[] toArray() {
    double[] values = new double[Math.toIntExact(size())];
    for (int i = 0; i < values.length; i++) {
      values[i] = get(i);
    }
    return values;
  }

  private MemorySegment host() {
    if (storage instanceof HostStorage memory) {
      return memory.segment();
    }
    throw new IllegalStateException("tensor " + this + " lies on a device; download it first");
  }

  /** Returns type and shape, as {@code F32 (2, 3)}. */
  @Override
  public String toString() {
    return dtype + " " + shape;
  }
}
