package org.lm4j.backend.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnWeights;
import org.lm4j.compute.TokenModel;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Storage;
import org.lm4j.tensor.Tensor;

/** Random weights of a language model, the same on every backend. */
final class RandomTokenModel implements AutoCloseable {
  private final Backend backend;
  private final Random random;
  private final List<Storage> storages = new ArrayList<>();
  private final TokenModel model;

  RandomTokenModel(Backend backend, RnnSpec spec, int vocabulary, int seed) {
    this.backend = backend;
    this.random = new Random(seed);
    int h = spec.hiddenSize();
    double scale = 1.5 / Math.sqrt(h);
    List<RnnWeights.Layer> layers = new ArrayList<>();
    int rows = spec.cell().gates() * h;
    int recurrent = spec.cell().hasRecurrentWeights() ? rows : 0;
    for (int layer = 0; layer < spec.layers(); layer++) {
      int input = layer == 0 ? spec.inputSize() : h;
      layers.add(
          new RnnWeights.Layer(
              tensor(scale, rows, input),
              tensor(scale, recurrent, h),
              tensor(scale, rows),
              tensor(scale, recurrent)));
    }
    this.model =
        new TokenModel(
            spec,
            tensor(1, vocabulary, spec.inputSize()),
            new RnnWeights(layers),
            tensor(2 * scale, vocabulary, h),
            tensor(0.5, vocabulary));
  }

  TokenModel model() {
    return model;
  }

  private Tensor tensor(double scale, int... extents) {
    Tensor tensor = backend.allocate(extents);
    Shape shape = tensor.shape();
    long bytes = tensor.size() * backend.dtype().bytes();
    storages.add(tensor.storage());
    try (HostStorage host = new HostStorage(bytes)) {
      Tensor values = new Tensor(host, 0, shape, backend.dtype());
      for (long i = 0; i < values.size(); i++) {
        values.set(i, (float) (scale * random.nextGaussian()));
      }
      backend.upload(values, tensor);
    }
    return tensor;
  }

  @Override
  public void close() {
    storages.forEach(Storage::close);
  }
}
