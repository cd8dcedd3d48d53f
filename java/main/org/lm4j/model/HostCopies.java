package org.lm4j.model;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.compute.Backend;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Tensor;

/** Host copies of a backend's tensors, for writing to disk. Owns them. */
public final class HostCopies implements AutoCloseable {
  private final Backend backend;
  private final List<HostStorage> owned = new ArrayList<>();

  /** Creates an empty set of copies. */
  public HostCopies(Backend backend) {
    this.backend = backend;
  }

  /** Returns a host copy of {@code tensor}, of the same type; freed when this is closed. */
  public Tensor of(Tensor tensor) {
    return of(tensor, tensor.dtype());
  }

  /** Returns a host copy of {@code tensor}, rounded to {@code dtype}; freed when this is closed. */
  public Tensor of(Tensor tensor, DType dtype) {
    HostStorage storage = new HostStorage(tensor.size() * dtype.bytes());
    owned.add(storage);
    Tensor copy = new Tensor(storage, 0, tensor.shape(), dtype);
    backend.download(tensor, copy);
    return copy;
  }

  @Override
  public void close() {
    owned.forEach(HostStorage::close);
  }
}
