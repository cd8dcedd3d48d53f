package org.lm4j.nn;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Tensor;

/** A sequence encoder over one batch, with weights and data drawn from seeds. */
public final class EncoderRun implements AutoCloseable {
  public static final RandomKey KEY = new RandomKey(11, 4);
  private static final int SITE = 5;

  public final Backend backend;
  public final int steps;
  int[] lengths;
  public final Parameters parameters;
  public final SequenceEncoder encoder;
  public final SequenceEncoder.Activations activations;
  public final Tensor x;
  public final Tensor dy;
  public final Tensor dLast;
  public final Tensor dx;
  private final Tensor lengthsHere;
  private final List<Tensor> owned = new ArrayList<>();

  EncoderRun(Backend backend, SequenceEncoder.Spec spec, int steps, int... lengths) {
    this.backend = backend;
    this.steps = steps;
    this.lengths = lengths;
    Parameters.Builder builder = new Parameters.Builder();
    spec.addTo(builder, "rnn.", backend);
    this.parameters = builder.allocate(backend, true);
    int seed = 1;
    for (Parameter parameter : parameters.all()) {
      Random random = new Random(seed++);
      upload(parameter.value(), i -> 1.4 * random.nextDouble() - 0.7);
    }
    this.encoder = new SequenceEncoder(backend, spec, parameters, "rnn.", SITE);
    int batch = lengths.length;
    this.activations = encoder.activations(steps, batch, true);
    this.x = own(backend.allocate(steps, batch, spec.stack().inputSize()));
    this.dy = own(backend.allocate(steps, batch, spec.outputSize()));
    this.dLast = own(backend.allocate(batch, spec.outputSize()));
    this.dx = own(backend.allocate(steps, batch, spec.stack().inputSize()));
    this.lengthsHere = own(backend.allocateIds(batch));
    batch(lengths);
    upload(dx, i -> 7); // to be overwritten
  }

  /** Takes a batch of sequences 0, 1, … of these lengths. */
  public void batch(int... newLengths) {
    lengths = newLengths;
    backend.upload(newLengths, 0, newLengths.length, lengthsHere);
    data(IntStream.range(0, newLengths.length).toArray());
  }

  /** A value for each element. */
  @FunctionalInterface
  private interface Values {
    double at(int i);
  }

  private Tensor own(Tensor tensor) {
    owned.add(tensor);
    return tensor;
  }

  private void upload(Tensor target, Values values) {
    int size = Math.toIntExact(target.size());
    try (HostStorage storage = new HostStorage(8L * size)) {
      Tensor host = new Tensor(storage, 0, target.shape(), DType.F64);
      for (int i = 0; i < size; i++) {
        host.set(i, values.at(i));
      }
      backend.upload(host, target);
    }
  }

  /**
   * Draws input and gradients of the sequences of these numbers: the same for the same number and
   * step whatever the batch. Beyond an end they are large, and different for each padding.
   */
  public void data(int... numbers) {
    fill(x, 1, numbers);
    fill(dy, 2, numbers);
    int width = dLast.shape().dim(1);
    upload(dLast, i -> value(3, numbers[i / width], 0, i % width));
  }

  private void fill(Tensor target, int kind, int... numbers) {
    int batch = numbers.length;
    int width = target.shape().dim(2);
    upload(
        target,
        i -> {
          int t = i / width / batch;
          int b = i / width % batch;
          double value = value(kind, numbers[b], t, i % width);
          return t < lengths[b] ? value : 100 * value + steps;
        });
  }

  private static double value(int kind, int sequence, int t, int j) {
    long seed = ((kind * 1000L + sequence) * 1000 + t) * 1000 + j;
    return new Random(seed * 0x9E3779B97F4A7C15L).nextGaussian();
  }

  public void forward() {
    encoder.forward(activations, x, lengthsHere, KEY);
  }

  /** Both passes, gradients from zero on. */
  public void both() {
    backend.fill(parameters.gradients(), 0);
    forward();
    encoder.backward(activations, dy, dLast, dx);
  }

  /** Returns a loss in which every output and final state has a different weight. */
  double loss() {
    forward();
    return dot(activations.outputs(), dy) + dot(activations.last(), dLast);
  }

  private static double dot(Tensor a, Tensor b) {
    double sum = 0;
    for (int i = 0; i < a.size(); i++) {
      sum += a.get(i) * b.get(i);
    }
    return sum;
  }

  /** Returns the outputs by name; of sequences the first {@code few} steps. */
  Map<String, double[]> results(int few) {
    Map<String, double[]> results = new LinkedHashMap<>();
    results.put("outputs", download(activations.outputs().slice(0, few)));
    results.put("last", download(activations.last()));
    results.put("dx", download(dx.slice(0, few)));
    for (Parameter parameter : parameters.all()) {
      results.put(parameter.name(), download(parameter.gradient()));
    }
    return results;
  }

  double[] download(Tensor source) {
    try (HostStorage storage = new HostStorage(8L * source.size())) {
      Tensor host = new Tensor(storage, 0, source.shape(), DType.F64);
      backend.download(source, host);
      return host.toArray();
    }
  }

  @Override
  public void close() {
    activations.close();
    parameters.close();
    owned.forEach(tensor -> tensor.storage().close());
  }
}
