package org.lm4j.compute;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.Backends;
import org.lm4j.backend.cuda.CudaOnFakes;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/** Dropout of some rows of a batch: what is dropped in the whole batch is dropped there. */
class DropoutRowsTest {
  @ParameterizedTest
  @CsvSource({
    "cpu, 1, 5, 3, 1, 2, 7",
    "cpu, 3, 4, 6, 0, 3, 64",
    "cpu, 2, 33, 9, 4, 5, 129",
    "cpu, 4, 17, 5, 4, 1, 30",
    "reference, 1, 5, 3, 1, 2, 7"
  })
  void dropsWhatTheWholeBatchDrops(
      String device, int threads, int steps, int batch, int first, int count, int width) {
    RandomKey key = new RandomKey(0x9ABC_1234_5678L, (5L << 32) + 3);
    try (Backend backend = Backends.open(device, new BackendOptions(threads), line -> {})) {
      check(backend, key, steps, batch, first, count, width);
    }
  }

  @Test
  void aGpuDropsWhatTheWholeBatchDrops() {
    CudaOnFakes.reset();
    try (Backend backend = CudaOnFakes.open()) {
      RandomKey key = new RandomKey(0x9ABC_1234_5678L, (5L << 32) + 3);
      check(backend, key, 5, 3, 1, 2, 7);
      check(backend, key, 4, 6, 0, 3, 64);
    }
  }

  private static void check(
      Backend backend, RandomKey key, int steps, int batch, int first, int count, int width) {
    double p = 0.35;
    double[] all = ones(backend, key, p, steps, batch, width);
    double[] some =
        ones(backend, key.of(new RandomKey.Rows(first, count, batch)), p, steps, count, width);
    assertThat(all).contains(0);
    for (int t = 0; t < steps; t++) {
      for (int b = 0; b < count; b++) {
        for (int j = 0; j < width; j++) {
          assertThat(some[(t * count + b) * width + j])
              .as("step %d, row %d, unit %d", t, b, j)
              .isEqualTo(all[(t * batch + first + b) * width + j]);
        }
      }
    }
  }

  /** Returns ones after dropout. */
  private static double[] ones(
      Backend backend, RandomKey key, double p, int steps, int batch, int width) {
    int size = steps * batch * width;
    Tensor x = backend.allocate(steps, batch, width);
    try (HostStorage storage = new HostStorage((long) size * DType.F64.bytes())) {
      Tensor host = new Tensor(storage, 0, Shape.of(size), DType.F64);
      backend.fill(x, 1);
      backend.dropout(x, x, p, key, 9);
      backend.download(x, host);
      double[] found = new double[size];
      for (int i = 0; i < size; i++) {
        found[i] = host.get(i);
      }
      return found;
    } finally {
      x.storage().close();
    }
  }
}
