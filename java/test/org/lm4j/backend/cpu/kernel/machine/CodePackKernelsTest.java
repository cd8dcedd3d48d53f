package org.lm4j.backend.cpu.kernel.machine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.lm4j.Need;
import org.lm4j.backend.cpu.kernel.PackKernels;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.backend.cpu.kernel.vector.VectorPackKernels;

/** Pieces of matrices: machine code and the Vector API write the same bits, and nothing else. */
class CodePackKernelsTest {
  private static final int LANES = 16;
  private static final long VECTOR = (long) LANES * Float.BYTES;
  private static final int[] ROWS = {0, 1, 2, 3, 4, 5, 7, 8, 64};
  private static final int[] WIDTHS = {1, 15, 16, 17, 40, 64, 65, 128, 130};

  /** Some work on new numbers. */
  private interface Work {
    void on(PackKernels kernels, Numbers numbers);
  }

  private static void compare(String what, Work work) {
    CodePackKernels code = Kernels.VECTORISED ? CodePackKernels.here() : null;
    Need.VECTORS.check(code != null, "no machine code for vectors of 16 floats");
    for (int special : new int[] {0, 100}) {
      assertThat(after(requireNonNull(code), work, special))
          .as(what)
          .isEqualTo(after(new VectorPackKernels(), work, special));
    }
  }

  private static List<Integer> after(PackKernels kernels, Work work, int special) {
    try (Numbers numbers = new Numbers(7, special)) {
      work.on(kernels, numbers);
      return numbers.bits();
    }
  }

  private static int vectors(int width) {
    return (width + LANES - 1) / LANES;
  }

  @Test
  void copiesOfRows() {
    for (int rows : ROWS) {
      for (int width : WIDTHS) {
        for (int more = 0; more < 3; more++) {
          int padded = (vectors(width) + more) * LANES;
          int stride = padded + 5;
          compare(
              rows + " rows of " + width + " to " + padded,
              (k, numbers) -> {
                long source = numbers.array((long) rows * (width + 3));
                long target = numbers.array((long) rows * stride);
                k.copy(rows, width, padded, source, 4L * (width + 3), target, 4L * stride);
              });
        }
      }
      compare(
          rows + " rows of zeros",
          (k, numbers) -> k.copy(rows, 0, 64, 0, 0, numbers.array(rows * 64L), 4 * VECTOR));
    }
  }

  @Test
  void groupsOfColumns() {
    for (int rows : ROWS) {
      for (int count : new int[] {0, 1, 2, 8, 9}) {
        compare(
            count + " groups of " + rows,
            (k, numbers) -> {
              long source = numbers.array((long) rows * (count * LANES + 2));
              long groupBytes = (rows + 1) * VECTOR;
              long target = numbers.array(count * (rows + 1L) * LANES);
              k.groups(count, rows, source, 4L * (count * LANES + 2), target, groupBytes);
            });
      }
    }
  }

  @Test
  void transpositions() {
    for (int count = 1; count <= LANES; count++) {
      for (int k : new int[] {1, 7, 15, 16, 17, 31, 32, 65, 128}) {
        int rows = count;
        compare(
            count + " rows of " + k,
            (kernels, numbers) -> {
              long source = numbers.array(rows * (k + 1L));
              long target = numbers.array(k * 64L);
              kernels.transpose(rows, k, source, 4L * (k + 1), target, 4 * VECTOR);
            });
      }
    }
  }

  @Test
  void sumsOfRows() {
    for (int rows : ROWS) {
      for (int width = 1; width <= LANES; width++) {
        int lanes = width;
        compare(
            rows + " rows of " + width,
            (k, numbers) -> {
              long matrix = numbers.array(rows * 20L + LANES);
              k.addRows(rows, lanes, matrix, 80, numbers.array(lanes));
            });
      }
    }
  }

  @Test
  void tilesThatAreMerged() {
    float[][] factors = {{1, 0}, {1, 1}, {0.3f, 0}, {-0.7f, 1}, {1, 0.9f}, {0.4f, -2}};
    for (int rows : ROWS) {
      for (int width : WIDTHS) {
        for (float[] factor : factors) {
          long tileBytes = vectors(width) * VECTOR;
          compare(
              rows + " rows of " + width,
              (k, numbers) -> {
                long tile = numbers.array(rows * tileBytes / Float.BYTES);
                long c = numbers.array(rows * (width + 3L));
                k.merge(rows, width, tile, tileBytes, factor[0], factor[1], c, 4L * (width + 3));
              });
        }
      }
    }
  }
}
