package org.lm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.tensor.Tensor;

/** Inputs, oracles and comparisons of the kernels' tests. */
final class Numbers {
  /** Around what a warp, four elements, and a block's share are, and primes. */
  static final int[] SIZES = {1, 3, 4, 5, 31, 32, 33, 127, 1023, 1024, 1025, 4099};

  private final Random random;

  Numbers(long seed) {
    random = new Random(seed);
  }

  /** Uniform in [from, to). */
  float[] uniform(int n, double from, double to) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) (from + (to - from) * random.nextDouble());
    }
    return values;
  }

  float[] uniform(int n) {
    return uniform(n, -1, 1);
  }

  /** Uniform in [0, limit). */
  int[] ids(int n, int limit) {
    return random.ints(n, 0, limit).toArray();
  }

  /** A float64 copy for the oracle. */
  static Tensor reference(float[] values, int... dims) {
    Tensor tensor = ORACLE.allocate(dims);
    for (int i = 0; i < values.length; i++) {
      tensor.set(i, values[i]);
    }
    return tensor;
  }

  static Tensor reference(int[] ids) {
    Tensor tensor = ORACLE.allocateIds(ids.length);
    ORACLE.upload(ids, 0, ids.length, tensor);
    return tensor;
  }

  static final ReferenceBackend ORACLE = new ReferenceBackend();

  /** Fails unless each value is expected, to a tolerance relative to the largest that is. */
  static void assertClose(String what, Tensor expected, float[] actual, double tolerance) {
    assertThat(actual.length).as(what).isEqualTo((int) expected.size());
    double scale = 0;
    for (double value : expected.toArray()) {
      scale = Math.max(scale, Double.isFinite(value) ? Math.abs(value) : 0);
    }
    for (int i = 0; i < actual.length; i++) {
      double value = expected.get(i);
      if (Double.compare(value, actual[i]) != 0) {
        assertThat(Math.abs(value - actual[i]))
            .as("%s[%d] is %s, expected %s", what, i, actual[i], value)
            .isLessThanOrEqualTo(tolerance * (scale == 0 ? 1 : scale));
      }
    }
  }
}
