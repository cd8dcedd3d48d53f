package org.lm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lm4j.compute.Backend;
import org.lm4j.compute.NegativeSamples;
import org.lm4j.tensor.Tensor;

/**
 * Negative sampling on the CPU, beside {@code ParityTest}, which compares it with the reference.
 */
class NegativeSamplesTest {
  private static final int V = 30;

  private static Tensor random(Backend backend, long seed, int... dims) {
    Tensor tensor = backend.allocate(dims);
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.set(i, random.nextDouble() - 0.5);
    }
    return tensor;
  }

  private static Tensor ids(Backend backend, int... ids) {
    Tensor tensor = backend.allocateIds(ids.length);
    backend.upload(ids, 0, ids.length, tensor);
    return tensor;
  }

  private static NegativeSamples samples(
      Backend backend, int n, int d, int[] candidates, int[] classes) {
    int all = candidates.length;
    return new NegativeSamples(
        random(backend, 1, V, d),
        random(backend, 2, n, d),
        ids(backend, candidates),
        ids(backend, classes),
        random(backend, 3, all),
        random(backend, 4, all),
        new NegativeSamples.Work(
            backend.allocate(all, d), backend.allocate(all, 2), backend.allocate(all)));
  }

  /** The result of a step as bits. */
  private static String step(int threads, int n, int c, int d) {
    SplittableRandom random = new SplittableRandom(5);
    int[] candidates = random.ints((long) n * c, 0, V).toArray();
    int[] classes = random.ints((long) n * c, -1, 2).toArray();
    try (Backend backend = CpuBackend.open(threads)) {
      NegativeSamples samples = samples(backend, n, d, candidates, classes);
      Tensor dx = backend.allocate(n, d);
      Tensor loss = backend.allocate(1);
      backend.negativeSampling(samples, dx, loss);
      backend.negativeSamplingUpdate(samples, -0.1, samples.table());
      return Arrays.toString(dx.toArray())
          + Arrays.toString(samples.table().toArray())
          + loss.get(0);
    }
  }

  @ParameterizedTest
  @CsvSource({"400, 9, 100", "90, 15, 33", "7, 3, 5"})
  void threadsDoNotChangeABit(int n, int c, int d) {
    assertThat(step(2, n, c, d)).isEqualTo(step(1, n, c, d));
    assertThat(step(3, n, c, d)).isEqualTo(step(1, n, c, d));
  }

  @Test
  void aProductThatIsLargeHasTheLossItShouldHave() {
    try (Backend backend = CpuBackend.open(1)) {
      NegativeSamples samples = samples(backend, 1, 1, new int[] {1, 1, 1}, new int[] {1, 0, -1});
      samples.x().set(0, 100);
      samples.table().set(1, 10);
      samples.weights().set(0, 1);
      samples.weights().set(1, 3);
      Tensor dx = backend.allocate(1, 1);
      Tensor loss = backend.allocate(1);
      backend.negativeSampling(samples, dx, loss);
      assertThat(loss.get(0)).isEqualTo(3000);
      assertThat(samples.scores().toArray()).containsExactly(-0.0, 3.0, 0.0);
      assertThat(dx.get(0)).isEqualTo(30);
    }
  }

  @Test
  void idsOutsideTheTableAreRefused() {
    try (Backend backend = CpuBackend.open(1)) {
      Tensor dx = backend.allocate(1, 3);
      Tensor loss = backend.allocate(1);
      NegativeSamples far = samples(backend, 1, 3, new int[] {0, V}, new int[] {1, 0});
      assertThatThrownBy(() -> backend.negativeSampling(far, dx, loss))
          .hasMessageContaining("id 30 at 1 is not in [0, 30)");
      assertThatThrownBy(() -> backend.negativeSamplingUpdate(far, 1, far.table()))
          .hasMessageContaining("id 30 at 1 is not in [0, 30)");
      NegativeSamples odd = samples(backend, 1, 3, new int[] {0, 1}, new int[] {1, 2});
      assertThatThrownBy(() -> backend.negativeSampling(odd, dx, loss))
          .hasMessageContaining("target 2 at 1");
    }
  }
}
