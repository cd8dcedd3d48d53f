package org.lm4j.backend.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.backend.cpu.kernel.PlainMemory.get;
import static org.lm4j.backend.cpu.kernel.PlainMemory.getInt;
import static org.lm4j.backend.cpu.kernel.PlainMemory.set;
import static org.lm4j.tensor.Memory.ALL;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.backend.cpu.kernel.scalar.ScalarInt8Kernels;
import org.lm4j.tensor.HostStorage;

/** Rounding to steps of a byte, and products of steps. */
class Int8Test {
  private static final long SEED = 20261130;
  private static final int UNTOUCHED = 0x1234_5678;
  private static final int WIDTH = ProductKernels.PANEL_VECTORS * Kernels.GATES.lanes();

  @Test
  void theLargestMagnitudeIs127Steps() {
    for (float most : new float[] {1, 0.3f, 1e-30f, 3e38f, 126.99999f}) {
      float stepsOfOne = Int8.stepsOfOne(most);
      assertThat(Int8.round(most, stepsOfOne)).isEqualTo(127);
      assertThat(Int8.round(-most, stepsOfOne)).isEqualTo(-127);
      assertThat(Int8.round(0, stepsOfOne)).isZero();
      assertThat(Int8.round(most / 2, stepsOfOne)).isBetween(63, 64);
      assertThat(Int8.step(most)).isEqualTo(most / 127);
    }
  }

  @Test
  void halvesAreRoundedToTheEvenNumber() {
    float stepsOfOne = Int8.stepsOfOne(127); // 1
    assertThat(Int8.round(2.5f, stepsOfOne)).isEqualTo(2);
    assertThat(Int8.round(3.5f, stepsOfOne)).isEqualTo(4);
    assertThat(Int8.round(-0.5f, stepsOfOne)).isZero();
    assertThat(Int8.round(-1.5f, stepsOfOne)).isEqualTo(-2);
    assertThat(Int8.round(1.4999f, stepsOfOne)).isEqualTo(1);
  }

  @Test
  void whatHasNoStepsIsZeroOrNotANumber() {
    for (float tiny : new float[] {0, Float.MIN_VALUE, 1e-38f, 3e-37f}) {
      assertThat(Int8.step(tiny)).isZero();
      assertThat(Int8.round(tiny, Int8.stepsOfOne(tiny))).isZero();
    }
    for (float most : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      assertThat(Int8.step(most)).isNaN();
      assertThat(Int8.stepsOfOne(most)).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 15, 16, 17, 60, 63, 64, 65, 67, 130, 257})
  void vectorsRoundARowAsPlainLoopsDo(int depth) {
    Random random = new Random(SEED + depth);
    int words = Int8.words(depth);
    assertThat(words).isEqualTo((depth + 3) / 4);
    try (HostStorage x = new HostStorage(4L * depth);
        HostStorage out = new HostStorage(8L * (words + 1))) {
      for (int i = 0; i < depth; i++) {
        set(x.address(), i, random.nextGaussian());
      }
      long own = out.address();
      long plain = own + 4L * (words + 1);
      ALL.set(JAVA_INT_UNALIGNED, own + 4L * words, UNTOUCHED);
      float step = Kernels.int8().round(depth, x.address(), own);
      assertThat(new ScalarInt8Kernels().round(depth, x.address(), plain)).isEqualTo(step);
      for (int i = 0; i < depth; i++) {
        int steps = ((getInt(own, i % words) >>> (i / words * 8)) & 0xff) - 128;
        assertThat(Math.abs(steps * (double) step - get(x.address(), i)))
            .isLessThanOrEqualTo(step * 0.50001);
      }
      for (int w = 0; w < words; w++) {
        assertThat(getInt(own, w)).isEqualTo(getInt(plain, w));
      }
      assertThat(getInt(own, words)).isEqualTo(UNTOUCHED);
      int last = random.nextInt(depth);
      for (double wrong : new double[] {Double.NaN, Double.NEGATIVE_INFINITY}) {
        set(x.address(), last, wrong);
        assertThat(Kernels.int8().round(depth, x.address(), own)).isNaN();
        assertThat(new ScalarInt8Kernels().round(depth, x.address(), own)).isNaN();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 7, 64, 1001})
  void sumsOfProductsAreExact(int words) {
    Random random = new Random(SEED + words);
    int[] row = new int[words];
    byte[][] weights = new byte[4 * words][WIDTH]; // from -127
    try (HostStorage memory = new HostStorage(4L * words * (1 + WIDTH));
        HostStorage sums = new HostStorage(8L * WIDTH)) {
      long panel = memory.address() + 4L * words;
      for (int w = 0; w < words; w++) {
        row[w] = random.nextInt(5) == 0 ? 0xff01_ff01 : random.nextInt() | 0x0101_0101;
        ALL.set(JAVA_INT_UNALIGNED, memory.address() + 4L * w, row[w]);
        for (int column = 0; column < WIDTH; column++) {
          int word = 0;
          for (int b = 0; b < 4; b++) {
            int steps = column % 5 == 0 ? (b % 2 == 0 ? 127 : -127) : random.nextInt(-127, 128);
            weights[4 * w + b][column] = (byte) steps;
            word |= (steps & 0xff) << (8 * b);
          }
          ALL.set(JAVA_INT_UNALIGNED, panel + 4L * (w * WIDTH + column), word);
        }
      }
      long plain = sums.address() + 4L * WIDTH;
      Kernels.int8().row(words, memory.address(), panel, sums.address());
      new ScalarInt8Kernels().row(words, memory.address(), panel, plain);
      for (int column = 0; column < WIDTH; column++) {
        long sum = 0;
        for (int i = 0; i < 4 * words; i++) {
          sum += (((row[i / 4] >>> (8 * (i % 4))) & 0xff) - 128) * (long) weights[i][column];
        }
        assertThat((long) getInt(sums.address(), column)).isEqualTo(sum);
        assertThat((long) getInt(plain, column)).isEqualTo(sum);
      }
    }
  }

  @Test
  void stepsBecomeFloatsWithEachOperationRounded() {
    Random random = new Random(SEED);
    try (HostStorage memory = new HostStorage(20L * WIDTH)) {
      long sums = memory.address();
      long steps = sums + 4L * WIDTH;
      long start = steps + 4L * WIDTH;
      long own = start + 4L * WIDTH;
      long plain = own + 4L * WIDTH;
      float step = 0.0123f;
      for (int i = 0; i < WIDTH; i++) {
        ALL.set(JAVA_INT_UNALIGNED, sums + 4L * i, random.nextInt());
        set(steps, i, random.nextGaussian() * 1e-3);
        set(start, i, random.nextGaussian());
      }
      Kernels.int8().scale(WIDTH, sums, step, steps, start, own);
      new ScalarInt8Kernels().scale(WIDTH, sums, step, steps, start, plain);
      for (int i = 0; i < WIDTH; i++) {
        float factor = step * get(steps, i);
        float product = factor * getInt(sums, i);
        assertThat(get(own, i)).isEqualTo(get(start, i) + product);
        assertThat(get(plain, i)).isEqualTo(get(own, i));
      }
    }
  }
}
