package org.lm4j.backend.cpu.kernel.machine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.tensor.Memory.ALL;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lm4j.Need;
import org.lm4j.backend.cpu.kernel.PlainMemory;
import org.lm4j.backend.cpu.kernel.ScoreKernels;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.backend.cpu.kernel.vector.VectorScoreKernels;
import org.lm4j.tensor.HostStorage;

/** Machine code for scoring beside the Vector API's kernels: the same bits of every state. */
class CodeScoreKernelsTest {
  private static final int LANES = 16;
  private static final int TILE = ScoreKernels.TILE_VECTORS * LANES; // floats of a row
  private static final int STATE = 3 * LANES;
  private static final int PANELS = 5;
  private static final float[] SPECIAL = {
    Float.NaN, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, 0, -0f, 1e30f, -1e30f, 1e-40f, 88
  };

  /** Rows, vectors of a panel, how large the logits are, and how many in a thousand are special. */
  @ParameterizedTest
  @CsvSource({
    "1, 4, 5, 0",
    "1, 3, 5, 0",
    "60, 4, 3, 0",
    "37, 3, 40, 0",
    "60, 4, 200, 0",
    "60, 3, 20, 5",
    "60, 4, 20, 5",
    "7, 4, 1, 300"
  })
  void hasTheBitsOfTheVectorApi(int rows, int vectors, float size, int special) {
    ScoreKernels code = code();
    Random random = new Random(rows + vectors);
    ScoreKernels vector = new VectorScoreKernels();
    try (HostStorage tiles = new HostStorage(2L * rows * TILE * Float.BYTES);
        HostStorage states = new HostStorage(2L * rows * STATE * Float.BYTES)) {
      long half = (long) rows * TILE * Float.BYTES;
      long halfStates = (long) rows * STATE * Float.BYTES;
      for (int row = 0; row < 2 * rows; row++) {
        long state = states.address() + (long) row * STATE * Float.BYTES;
        Kernels.ELEMENTS.fill(LANES, ScoreKernels.LEAST, state);
      }
      for (int panel = 0; panel < PANELS; panel++) {
        for (long i = 0; i < (long) rows * TILE; i++) {
          boolean isSpecial = random.nextInt(1000) < special;
          float logit = (float) random.nextGaussian() * size;
          float value = isSpecial ? SPECIAL[random.nextInt(SPECIAL.length)] : logit;
          PlainMemory.set(tiles.address(), i, value);
          PlainMemory.set(tiles.address() + half, i, value);
        }
        vector.add(rows, vectors, tiles.address(), states.address());
        code.add(rows, vectors, tiles.address() + half, states.address() + halfStates);
        for (int row = 0; row < rows; row++) {
          long at = (long) row * STATE * Float.BYTES;
          assertThat(state(states.address() + halfStates + at))
              .as("panel %d, row %d", panel, row)
              .isEqualTo(state(states.address() + at));
        }
      }
      vector.finish(rows, states.address());
      code.finish(rows, states.address() + halfStates);
      for (int row = 0; row < rows; row++) {
        long at = (long) row * STATE * Float.BYTES;
        assertThat(state(states.address() + halfStates + at))
            .as("row %d in the end", row)
            .isEqualTo(state(states.address() + at));
      }
    }
  }

  private static ScoreKernels code() {
    CodeScoreKernels found = Kernels.VECTORISED ? CodeScoreKernels.here() : null;
    Need.VECTORS.check(found != null, "no machine code for vectors of 16 floats");
    return requireNonNull(found);
  }

  private interface Work {
    /** Returns a number that it finds besides. */
    float on(ScoreKernels kernels, Numbers numbers, long row);
  }

  /** Compares all that work on rows of vectors leaves behind. */
  private static void compare(int vectors, int special, Work work) {
    List<List<Object>> found = new ArrayList<>();
    for (ScoreKernels kernels : List.of(code(), new VectorScoreKernels())) {
      try (Numbers numbers = new Numbers(vectors + special, special)) {
        float other = work.on(kernels, numbers, numbers.array((long) vectors * LANES));
        found.add(List.of(other, numbers.bits()));
      }
    }
    assertThat(found.getFirst())
        .as("%d vectors, %d in a thousand special", vectors, special)
        .isEqualTo(found.getLast());
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "1, 0", "3, 0", "4, 0", "7, 30", "8, 400", "13, 999", "157, 30"})
  void rowsOfWeights(int vectors, int special) {
    compare(vectors, special, (k, numbers, row) -> k.largest(vectors, row));
    compare(
        vectors,
        special,
        (k, numbers, row) -> {
          float max = k.largest(vectors, row);
          k.weights(vectors, row, max, 1 / 0.7f, numbers.array(LANES));
          return max;
        });
    compare(
        vectors,
        special,
        (k, numbers, row) -> {
          k.raise(vectors, row, 0.3f);
          return 0;
        });
  }

  /** The largest of zeros has a sign, and a number beside NaN counts wherever it stands. */
  @Test
  void theLargestOfZerosAndBesideNaN() {
    for (int vectors : new int[] {1, 4, 6}) {
      for (float few : new float[] {0, -0f, -3, Float.NEGATIVE_INFINITY, Float.NaN}) {
        for (float many : new float[] {0, -0f, Float.NEGATIVE_INFINITY, Float.NaN}) {
          for (int at = 0; at < vectors * LANES; at++) {
            int place = at;
            compare(
                vectors,
                0,
                (k, numbers, row) -> {
                  for (int i = 0; i < vectors * LANES; i++) {
                    PlainMemory.set(row, i, i == place ? few : many);
                  }
                  return k.largest(vectors, row);
                });
          }
        }
      }
    }
  }

  /** The maxima and the sums of a row. */
  private static double[] state(long at) {
    double[] state = new double[2 * LANES];
    for (int i = 0; i < LANES; i++) {
      state[i] = PlainMemory.get(at, i);
      long sum = at + LANES * Float.BYTES + (long) i * Double.BYTES;
      state[LANES + i] = ALL.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, sum);
    }
    return state;
  }
}
