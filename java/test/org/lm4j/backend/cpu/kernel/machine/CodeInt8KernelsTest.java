package org.lm4j.backend.cpu.kernel.machine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.backend.cpu.kernel.PlainMemory.set;

import java.util.List;
import java.util.function.ToDoubleBiFunction;
import org.junit.jupiter.api.Test;
import org.lm4j.Need;
import org.lm4j.backend.cpu.kernel.Int8;
import org.lm4j.backend.cpu.kernel.Int8Kernels;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.backend.cpu.kernel.vector.VectorInt8Kernels;

/** Rounding to steps of a byte and scaling: machine code and the Vector API give the same bits. */
class CodeInt8KernelsTest {
  private static final int LANES = 16;
  private static final int[] DEPTHS = {
    1, 3, 4, 15, 16, 17, 47, 48, 60, 61, 63, 64, 65, 67, 127, 128, 130, 257, 650, 1001
  };

  private static void compare(int seed, ToDoubleBiFunction<Int8Kernels, Numbers> work) {
    List<List<Object>> found =
        List.of(code(), new VectorInt8Kernels()).stream()
            .map(
                kernels -> {
                  try (Numbers numbers = new Numbers(seed, 0)) {
                    double other = work.applyAsDouble(kernels, numbers);
                    return List.<Object>of(other, numbers.bits());
                  }
                })
            .toList();
    assertThat(found.getFirst()).as("seed %d", seed).isEqualTo(found.getLast());
  }

  private static Int8Kernels code() {
    CodeInt8Kernels found = Kernels.VECTORISED ? CodeInt8Kernels.here() : null;
    Need.VECTORS.check(found != null, "no machine code for vectors of 16 floats");
    return requireNonNull(found);
  }

  @Test
  void roundedRows() {
    for (int depth : DEPTHS) {
      for (float first : new float[] {0, -0f, -40, 1e30f, -Float.MAX_VALUE, Float.MIN_VALUE}) {
        compare(
            depth,
            (k, numbers) -> {
              long x = numbers.array(depth);
              set(x, depth - 1, first);
              return k.round(depth, x, numbers.array(Int8.words(depth)));
            });
      }
      compare(
          depth,
          (k, numbers) -> {
            long x = numbers.array(depth);
            for (int i = 0; i < depth; i++) {
              set(x, i, i % 2 == 0 ? -0f : Float.MIN_VALUE); // too small to have steps
            }
            return k.round(depth, x, numbers.array(Int8.words(depth)));
          });
    }
  }

  @Test
  void rowsWithNumbersThatAreNotFinite() {
    for (int depth : DEPTHS) {
      for (float wrong : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
        for (int at = 0; at < depth; at += 5) {
          try (Numbers numbers = new Numbers(depth, 0)) {
            long x = numbers.array(depth);
            set(x, at, wrong);
            assertThat(code().round(depth, x, numbers.array(Int8.words(depth)))).isNaN();
          }
        }
      }
    }
  }

  @Test
  void scaledSums() {
    for (int vectors : new int[] {0, 1, 3, 4, 9}) {
      int width = vectors * LANES;
      compare(
          vectors,
          (k, numbers) -> {
            long sums = numbers.array(width); // any bits are a whole number
            long steps = numbers.array(width);
            long start = numbers.array(width);
            k.scale(width, sums, 0.0123f, steps, start, numbers.array(width));
            k.scale(width, sums, 0.0123f, steps, start, sums);
            return 0;
          });
    }
  }
}
