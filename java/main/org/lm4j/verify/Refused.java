package org.lm4j.verify;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RnnLayout;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnState;
import org.lm4j.compute.RnnTape;
import org.lm4j.compute.RnnWeights;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Storage;
import org.lm4j.tensor.Tensor;

/** Tensors made for one call that is to be refused, and freed after it. */
final class Refused implements AutoCloseable {
  private final Backend backend;
  private final List<Storage> storages = new ArrayList<>();
  private final List<RnnTape> tapes = new ArrayList<>();

  Refused(Backend backend) {
    this.backend = backend;
  }

  /** Returns a zeroed tensor of the backend's type. */
  Tensor numbers(int... dims) {
    return tensor(backend.dtype(), dims);
  }

  /** Returns a zeroed tensor of the float type that the backend does not use. */
  Tensor otherType(int... dims) {
    return tensor(backend.dtype() == DType.F32 ? DType.F64 : DType.F32, dims);
  }

  Tensor tensor(DType type, int... dims) {
    Shape shape = Shape.of(dims);
    Storage storage = backend.allocateStorage(shape.size() * type.bytes());
    storages.add(storage);
    return new Tensor(storage, 0, shape, type);
  }

  /** Returns a tensor of float64 numbers on the host. */
  Tensor host(int size) {
    Storage storage = new HostStorage((long) size * DType.F64.bytes());
    storages.add(storage);
    return new Tensor(storage, 0, Shape.of(size), DType.F64);
  }

  /** Returns a vector of these ids. */
  Tensor ids(int... ids) {
    Tensor tensor = tensor(DType.I32, ids.length);
    backend.upload(ids, 0, ids.length, tensor);
    return tensor;
  }

  /** Ids that lie where a tensor does. */
  Tensor idsOver(Tensor tensor, int count) {
    return new Tensor(tensor.storage(), 0, Shape.of(count), DType.I32);
  }

  /** Returns two matrices that share half their elements. */
  Tensor[] overlapping(int rows, int columns) {
    int half = rows * columns / 2;
    Tensor all = numbers(rows * columns + half);
    return new Tensor[] {all.view(0, rows, columns), all.view(half, rows, columns)};
  }

  RnnTape tape(RnnSpec spec, int steps, int batch, boolean training) {
    RnnTape tape = backend.tape(spec, steps, batch, training);
    tapes.add(tape);
    return tape;
  }

  RnnState state(RnnSpec spec, int batch) {
    Tensor h = numbers(spec.layers(), batch, spec.hiddenSize());
    boolean cell = spec.cell().hasCellState();
    return new RnnState(h, cell ? numbers(spec.layers(), batch, spec.hiddenSize()) : null);
  }

  /** Weights where the backend wants them. */
  RnnWeights weights(RnnSpec spec) {
    RnnLayout layout = backend.layout(spec);
    Tensor flat = numbers(Math.toIntExact(layout.size()));
    List<RnnWeights.Layer> layers = new ArrayList<>();
    for (int layer = 0; layer < spec.layers(); layer++) {
      Tensor[] parts = new Tensor[4];
      for (int i = 0; i < parts.length; i++) {
        RnnLayout.Part part = layout.parts().get(4 * layer + i);
        parts[i] = flat.view(part.offset(), part.shape().dims());
      }
      layers.add(new RnnWeights.Layer(parts[0], parts[1], parts[2], parts[3]));
    }
    return new RnnWeights(layers);
  }

  @Override
  public void close() {
    tapes.forEach(RnnTape::close);
    storages.forEach(Storage::close);
  }
}
