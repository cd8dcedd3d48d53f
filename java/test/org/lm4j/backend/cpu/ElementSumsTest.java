package org.lm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.lm4j.backend.cpu.kernel.PlainMemory.get;
import static org.lm4j.backend.cpu.kernel.PlainMemory.set;

import java.math.BigDecimal;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.tensor.HostStorage;

class ElementSumsTest {
  private static final long SEED = 20261122;

  @Test
  void sumsAreThoseOfDoublePrecision() {
    Random random = new Random(SEED);
    for (int n = 0; n <= 200; n++) {
      try (HostStorage x = random(n, random)) {
        BigDecimal sum = BigDecimal.ZERO;
        BigDecimal squares = BigDecimal.ZERO;
        for (int i = 0; i < n; i++) {
          BigDecimal value = new BigDecimal(get(x.address(), i));
          sum = sum.add(value);
          squares = squares.add(value.multiply(value));
        }
        assertThat(Kernels.ELEMENTS.sum(n, x.address()))
            .as("sum of %d", n)
            .isCloseTo(sum.doubleValue(), within(1e-9));
        assertThat(Kernels.ELEMENTS.sumOfSquares(n, x.address()))
            .as("squares of %d", n)
            .isCloseTo(squares.doubleValue(), within(1e-9 * squares.doubleValue()));
      }
    }
  }

  /** Code that the JIT has compiled in the meantime must add in the same order. */
  @Test
  void theSameNumbersGiveTheSameBitsHoweverOften() {
    int n = 1003;
    try (HostStorage x = random(n, new Random(SEED))) {
      double sum = Kernels.ELEMENTS.sum(n, x.address());
      double squares = Kernels.ELEMENTS.sumOfSquares(n, x.address());
      for (int i = 0; i < 30_000; i++) {
        assertThat(Kernels.ELEMENTS.sum(n, x.address()) == sum).isTrue();
        assertThat(Kernels.ELEMENTS.sumOfSquares(n, x.address()) == squares).isTrue();
      }
    }
  }

  private static HostStorage random(int size, Random random) {
    HostStorage storage = new HostStorage((size + 1L) * Float.BYTES);
    for (int i = 0; i < size; i++) {
      set(
          storage.address(),
          i,
          (float) (random.nextGaussian() * Math.exp(4 * random.nextGaussian())));
    }
    return storage;
  }
}
