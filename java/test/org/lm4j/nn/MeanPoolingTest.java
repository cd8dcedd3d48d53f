package org.lm4j.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.Backends;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Tensor;

class MeanPoolingTest {
  private static final int STEPS = 5;
  private static final int WIDTH = 3;
  private static final int[] LENGTHS = {3, 0, 5, 1};

  /** Random numbers up to each end, and zero beyond. */
  private static Tensor sequences(int steps) {
    HostStorage storage = new HostStorage((long) steps * LENGTHS.length * WIDTH * 8);
    Tensor x =
        new Tensor(storage, 0, org.lm4j.tensor.Shape.of(steps, LENGTHS.length, WIDTH), DType.F64);
    Random random = new Random(3);
    for (int t = 0; t < STEPS; t++) {
      for (int b = 0; b < LENGTHS.length; b++) {
        for (int j = 0; j < WIDTH; j++) {
          double value = random.nextGaussian();
          x.set(((long) t * LENGTHS.length + b) * WIDTH + j, t < LENGTHS[b] ? value : 0);
        }
      }
    }
    return x;
  }

  private static double[] means(Backend backend, int steps) {
    Tensor x = backend.allocate(steps, LENGTHS.length, WIDTH);
    backend.upload(sequences(steps), x);
    Tensor lengths = backend.allocateIds(LENGTHS.length);
    backend.upload(LENGTHS, 0, LENGTHS.length, lengths);
    Tensor y = backend.allocate(LENGTHS.length, WIDTH);
    try (MeanPooling pooling = new MeanPooling(backend, steps, LENGTHS.length, WIDTH)) {
      pooling.forward(x, lengths, y);
      pooling.forward(x, lengths, y);
    }
    Tensor host = new Tensor(new HostStorage(y.size() * 8), 0, y.shape(), DType.F64);
    backend.download(y, host);
    return host.toArray();
  }

  private static double[] expected() {
    Tensor x = sequences(STEPS);
    double[] means = new double[LENGTHS.length * WIDTH];
    for (int b = 0; b < LENGTHS.length; b++) {
      for (int j = 0; j < WIDTH; j++) {
        double sum = 0;
        for (int t = 0; t < LENGTHS[b]; t++) {
          sum += x.get(((long) t * LENGTHS.length + b) * WIDTH + j);
        }
        means[b * WIDTH + j] = LENGTHS[b] == 0 ? 0 : sum / LENGTHS[b];
      }
    }
    return means;
  }

  @Test
  void meansOverEachSequencesOwnSteps() {
    try (Backend reference = new ReferenceBackend();
        Backend cpu = Backends.open("cpu", new BackendOptions(1))) {
      assertThat(means(reference, STEPS)).containsExactly(expected(), within(1e-14));
      assertThat(means(cpu, STEPS)).containsExactly(expected(), within(1e-6));
    }
  }

  @Test
  void morePaddingChangesNothing() {
    try (Backend backend = new ReferenceBackend()) {
      assertThat(means(backend, STEPS + 4)).isEqualTo(means(backend, STEPS));
    }
  }

  @Test
  void gradients() {
    try (Backend backend = new ReferenceBackend();
        MeanPooling pooling = new MeanPooling(backend, STEPS, LENGTHS.length, WIDTH)) {
      Tensor x = backend.allocate(STEPS, LENGTHS.length, WIDTH);
      backend.upload(sequences(STEPS), x);
      Tensor lengths = backend.allocateIds(LENGTHS.length);
      backend.upload(LENGTHS, 0, LENGTHS.length, lengths);
      Tensor y = backend.allocate(LENGTHS.length, WIDTH);
      Tensor dy = backend.allocate(LENGTHS.length, WIDTH);
      Tensor dx = backend.allocate(STEPS, LENGTHS.length, WIDTH);
      Random random = new Random(8);
      for (int i = 0; i < dy.size(); i++) {
        dy.set(i, random.nextGaussian());
      }
      DoubleSupplier loss =
          () -> {
            pooling.forward(x, lengths, y);
            double sum = 0;
            for (int i = 0; i < y.size(); i++) {
              sum += dy.get(i) * y.get(i);
            }
            return sum;
          };
      assertThat(loss.getAsDouble()).isFinite();
      pooling.backward(dy, dx);
      for (int t : List.of(0, 2, STEPS - 1)) {
        Differences.check("x[" + t + "]", loss, x.slice(t, 1), dx.slice(t, 1), 1e-4);
      }
    }
  }
}
