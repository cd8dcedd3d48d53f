package org.lm4j.backend.cpu.code;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.Need;
import org.lm4j.tensor.HostStorage;

class CodeDotsTest {
  private static final float GUARD = 12345;

  @ParameterizedTest
  @ValueSource(ints = {8, 16})
  void eachLaneAddsUpAndThenHalvesAreAdded(int lanes) {
    CodeDots found = CodeDots.of(lanes);
    Need.VECTORS.check(found != null, "no machine code: " + CodeTiles.float32(lanes).missing());
    CodeDots dots = requireNonNull(found);
    Random random = new Random(20261130);
    for (int count : new int[] {0, 1, 3, 4, 7, 8, 11, 21}) {
      for (int k : new int[] {0, 1, 5, 7, 8, 9, 15, 16, 17, 31, 32, 40, 65, 127}) {
        float[] w = numbers(count * k, random);
        float[] x = numbers(k, random);
        float[] expected = new float[count + 2];
        Arrays.fill(expected, GUARD);
        for (int i = 0; i < count; i++) {
          expected[i + 1] = dot(lanes, Arrays.copyOfRange(w, i * k, (i + 1) * k), x);
        }
        float[] start = new float[count + 2];
        Arrays.fill(start, GUARD);
        try (HostStorage atW = storage(w);
            HostStorage atX = storage(x);
            HostStorage out = storage(start)) {
          dots.dots(count, k, atW.address(), atX.address(), out.address() + Float.BYTES);
          assertThat(out.segment().toArray(ValueLayout.JAVA_FLOAT))
              .as("%d rows of %d, %d lanes", count, k, lanes)
              .isEqualTo(expected);
        }
      }
    }
  }

  private static float dot(int lanes, float[] w, float[] x) {
    float[] sums = new float[lanes];
    for (int i = 0; i < w.length; i++) {
      sums[i % lanes] = Math.fma(x[i], w[i], sums[i % lanes]);
    }
    for (int half = lanes / 2; half >= 4; half /= 2) {
      for (int i = 0; i < half; i++) {
        sums[i] += sums[half + i];
      }
    }
    float even = sums[0] + sums[2];
    float odd = sums[1] + sums[3];
    return even + odd;
  }

  private static float[] numbers(int count, Random random) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (random.nextFloat() - 0.5f) * Math.scalb(1f, random.nextInt(9));
    }
    return numbers;
  }

  private static HostStorage storage(float[] numbers) {
    HostStorage storage = new HostStorage((long) numbers.length * Float.BYTES);
    storage.segment().copyFrom(java.lang.foreign.MemorySegment.ofArray(numbers));
    return storage;
  }
}
