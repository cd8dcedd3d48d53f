package org.lm4j.compute.composed;

import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/** A float64 tensor on the host, for as long as it is open. */
final class HostCopy implements AutoCloseable {
  private final HostStorage storage;
  private final Tensor tensor;

  HostCopy(Shape shape) {
    storage = new HostStorage(shape.size() * DType.F64.bytes());
    tensor = new Tensor(storage, 0, shape, DType.F64);
  }

  Tensor tensor() {
    return tensor;
  }

  @Override
  public void close() {
    storage.close();
  }
}
