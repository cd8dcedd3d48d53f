package org.lm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lm4j.backend.cpu.kernel.DropoutKernels;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.backend.cpu.kernel.scalar.ScalarDropoutKernels;
import org.lm4j.backend.cpu.kernel.vector.VectorDropoutKernels;
import org.lm4j.compute.Philox;
import org.lm4j.compute.RandomKey;
import org.lm4j.tensor.Tensor;

/** Masks to the bit: they are a contract between all backends, thread counts and widths. */
class DropoutKernelsTest {
  private static final long SEED = 11;
  private static final int ROUNDS = 6_000; // enough for the JIT to have compiled the kernel
  private static final int MOST = 150;
  private static final int GUARD = 20;
  private static final float UNTOUCHED = -9;

  static Stream<DropoutKernels> kernels() {
    Stream<DropoutKernels> always = Stream.of(Kernels.dropout(), new ScalarDropoutKernels());
    return Kernels.VECTORISED
        ? Stream.concat(always, Stream.of(new VectorDropoutKernels()))
        : always;
  }

  /**
   * Compares all sizes up to several vectors, blocks beyond 2^32, unaligned addresses and random
   * keys.
   */
  @ParameterizedTest
  @MethodSource("kernels")
  void dropsWhatPhiloxSays(DropoutKernels kernels) {
    SplittableRandom random = new SplittableRandom(SEED);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment in = arena.allocate((long) (MOST + GUARD) * Float.BYTES, 64);
      MemorySegment out = arena.allocate((long) (MOST + GUARD) * Float.BYTES, 64);
      for (int round = 0; round < ROUNDS; round++) {
        int n = round % MOST;
        int offset = random.nextInt(GUARD / 2);
        long quad = random.nextLong(1L << 40);
        int site = random.nextInt(1 << 24);
        long threshold = random.nextLong(1L << 32);
        RandomKey key = new RandomKey(random.nextLong(), random.nextLong());
        for (int i = 0; i < MOST + GUARD; i++) {
          in.setAtIndex(ValueLayout.JAVA_FLOAT, i, i + 0.25f);
        }
        fill(out);
        long bytes = (long) offset * Float.BYTES;
        kernels.dropout(
            n, quad, in.address() + bytes, out.address() + bytes, threshold, 1.5f, key, site);
        for (int i = 0; i < MOST + GUARD; i++) {
          int element = i - offset;
          float expected = UNTOUCHED;
          if (element >= 0 && element < n) {
            long bits = Integer.toUnsignedLong(Philox.bits(key, site, 4 * quad + element));
            expected = bits >= threshold ? (i + 0.25f) * 1.5f : 0;
          }
          if (out.getAtIndex(ValueLayout.JAVA_FLOAT, i) != expected) {
            throw new AssertionError(
                "seed %d round %d n=%d quad=%d site=%d threshold=%d %s element %d of %s"
                    .formatted(SEED, round, n, quad, site, threshold, key, element, kernels));
          }
        }
      }
    }
  }

  private static void fill(MemorySegment out) {
    for (int i = 0; i < MOST + GUARD; i++) {
      out.setAtIndex(ValueLayout.JAVA_FLOAT, i, UNTOUCHED);
    }
  }

  /** The lowest and the highest threshold: nothing goes, almost all goes; NaN stays or goes. */
  @ParameterizedTest
  @MethodSource("kernels")
  void theLimitsOfTheThresholdAreUnsigned(DropoutKernels kernels) {
    int n = 67;
    RandomKey key = new RandomKey(3, 4);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment x = arena.allocate((long) n * Float.BYTES, 64);
      for (int i = 0; i < n; i++) {
        x.setAtIndex(ValueLayout.JAVA_FLOAT, i, i % 2 == 0 ? Float.NaN : 1);
      }
      MemorySegment y = arena.allocate(x.byteSize(), 64);
      kernels.dropout(n, 0, x.address(), y.address(), 0, 1, key, 0);
      assertThat(y.toArray(ValueLayout.JAVA_FLOAT)).isEqualTo(x.toArray(ValueLayout.JAVA_FLOAT));
      kernels.dropout(n, 0, x.address(), y.address(), (1L << 32) - 1, 1, key, 0);
      assertThat(y.toArray(ValueLayout.JAVA_FLOAT)).containsOnly(0);
    }
  }

  @Test
  void theMaskDoesNotDependOnTheNumberOfThreads() {
    double[] expected = mask(1);
    for (int threads = 2; threads <= 4; threads++) {
      assertThat(mask(threads)).as("%d threads", threads).isEqualTo(expected);
    }
  }

  private static double[] mask(int threads) {
    try (CpuBackend cpu = CpuBackend.open(threads)) {
      Tensor x = cpu.allocate(100_003);
      cpu.fill(x, 1);
      cpu.dropout(x, x, 0.3, new RandomKey(5, 6), 7);
      return x.toArray();
    }
  }
}
