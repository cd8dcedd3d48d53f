package org.lm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.backend.cpu.kernel.PlainMemory.get;
import static org.lm4j.backend.cpu.kernel.PlainMemory.set;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.backend.cpu.job.WorkerTeam;
import org.lm4j.backend.cpu.kernel.Bf16;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/** Bounds of rows made to be hard to bound, beside products of the numbers rounded to bf16. */
class ByteBoundsTest {
  private static final int ROWS = 150; // two panels and a part of one

  /** The distribution of a row. */
  @FunctionalInterface
  private interface Weight {
    double at(int row, int k);
  }

  /** Bounds, then logits in float64, of each row. */
  private static double[][] both(int depth, Weight weight, float[] x, double bias) {
    int width = RowPanels.width();
    int panels = (ROWS + width - 1) / width;
    try (WorkerTeam team = new WorkerTeam(2);
        HostStorage weights = new HostStorage((long) ROWS * depth * Float.BYTES);
        HostStorage small = new HostStorage((long) (depth + 2 * panels * width) * Float.BYTES)) {
      Tensor w = new Tensor(weights, 0, Shape.of(ROWS, depth), DType.F32);
      for (int i = 0; i < w.size(); i++) {
        w.set(i, weight.at(i / depth, i % depth));
      }
      for (int k = 0; k < depth; k++) {
        set(small.address(), k, x[k]);
      }
      long biases = small.address() + (long) depth * Float.BYTES;
      long found = biases + (long) panels * width * Float.BYTES;
      for (int i = 0; i < panels * width; i++) {
        set(biases, i, i < ROWS ? bias : Double.NEGATIVE_INFINITY);
      }
      double[][] both = new double[2][panels * width];
      try (ByteBounds bounds = new ByteBounds(team, w);
          HostStorage buffer = new HostStorage(bounds.rowBytes())) {
        ByteBounds.Row row = bounds.row(small.address(), buffer.address());
        for (int p = 0; p < panels; p++) {
          long first = (long) p * width * Float.BYTES;
          bounds.write(row, p, biases + first, found + first);
        }
        assertTheSameBounds(bounds, row, panels, biases, found);
      }
      for (int i = 0; i < panels * width; i++) {
        both[0][i] = get(found, i);
        both[1][i] = i < ROWS ? bias : Double.NEGATIVE_INFINITY;
        for (int k = 0; k < depth && i < ROWS; k++) {
          both[1][i] += (double) Bf16.round((float) w.get((long) i * depth + k)) * Bf16.round(x[k]);
        }
      }
      return both;
    }
  }

  /** Computes ranges of panels, which must have the bits of single panels. */
  private static void assertTheSameBounds(
      ByteBounds bounds, ByteBounds.Row row, int panels, long biases, long expected) {
    int count = panels * RowPanels.width();
    try (HostStorage memory = new HostStorage((count + 16L) * Float.BYTES)) {
      long found = memory.address() + 16 * Float.BYTES;
      float max = Float.NEGATIVE_INFINITY;
      int[] ranges = {0, 1, 1, panels};
      for (int i = 0; i + 1 < ranges.length; i++) {
        bounds.write(row, ranges[i], ranges[i + 1], biases, found, memory.address());
        for (int lane = 0; lane < 16; lane++) {
          max = Math.max(max, get(memory.address(), lane));
        }
      }
      float most = Float.NEGATIVE_INFINITY;
      for (int i = 0; i < count; i++) {
        assertThat(Float.floatToIntBits(get(found, i)))
            .as("bound %d", i)
            .isEqualTo(Float.floatToIntBits(get(expected, i)));
        most = get(found, i) > most ? get(found, i) : most;
      }
      assertThat(max).isEqualTo(most);
    }
  }

  private static void assertBound(double[][] both, double most) {
    for (int i = 0; i < both[0].length; i++) {
      assertThat(both[0][i]).as("row %d", i).isGreaterThanOrEqualTo(both[1][i]);
      assertThat(both[0][i]).as("row %d", i).isLessThanOrEqualTo(both[1][i] + most);
    }
  }

  /**
   * Numbers with signs, the largest 1, the others half a step beyond a whole one, as near as can
   * be.
   */
  private static float[] halves(int depth, Random random) {
    float[] x = new float[depth];
    for (int k = 0; k < depth; k++) {
      float half = Bf16.round((random.nextInt(8) + 0.498f) / 127);
      x[k] = (random.nextBoolean() ? 1 : -1) * (k == depth / 2 ? 1 : half);
    }
    return x;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 17, 200, 651})
  void halfStepsThatAllPullTheSameWay(int depth) {
    Random random = new Random(depth);
    float[] x = halves(depth, random);
    float[][] rows = new float[ROWS][];
    for (int i = 0; i < ROWS; i++) {
      rows[i] = halves(depth, random);
    }
    Weight same = (row, k) -> Math.signum(x[k]) * Math.abs(rows[row][k]);
    assertBound(both(depth, same, x, -2), depth / 127.0 * 1.1 + 1e-5);
    Weight any = (row, k) -> rows[row][k];
    assertBound(both(depth, any, x, 3), depth / 127.0 * 1.1 + 1e-5);
  }

  /** One side lies on its steps of 1/128, the other half a step off, as far as it can be. */
  @Test
  void eachSideAloneIsHalfAStepOff() {
    int depth = 200;
    Random random = new Random(6);
    float[] whole = new float[depth];
    float[] half = new float[depth];
    for (int k = 0; k < depth; k++) {
      float sign = random.nextBoolean() ? 1 : -1;
      whole[k] = sign * (k == 7 ? 127 : 100) / 128;
      half[k] = sign * (k == 7 ? 127 : 0.5f) / 128;
    }
    assertBound(both(depth, (row, k) -> half[k], whole, -2), 0.02);
    assertBound(both(depth, (row, k) -> whole[k], half, -2), 0.02);
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 64, 200})
  void numbersOfAllKinds(int depth) {
    Random random = new Random(depth);
    for (int round = 0; round < 20; round++) {
      float[] x = new float[depth];
      for (int k = 0; k < depth; k++) {
        x[k] = (float) (random.nextGaussian() * Math.pow(2, random.nextInt(-8, 3)));
      }
      double scale = Math.pow(2, random.nextInt(-30, 10));
      Weight weight = (row, k) -> scale * new Random(31L * row + k).nextGaussian();
      assertBound(both(depth, weight, x, random.nextGaussian()), Double.MAX_VALUE);
    }
  }

  @Test
  void weightsTooSmallForAnyStepBesideALargeBias() {
    float[] x = halves(33, new Random(4));
    for (double scale : new double[] {0, 1e-45, 1e-38, 1e-30, 1e-11}) {
      assertBound(both(33, (row, k) -> scale * Math.cos(row + k), x, -8), 1e-5);
    }
    assertBound(both(33, (row, k) -> 0.1, new float[33], 0), 1e-20);
  }

  @Test
  void aNanLogitHasANanBound() {
    float[] x = halves(5, new Random(5));
    double[][] both = both(5, (row, k) -> row == 70 && k == 3 ? Double.NaN : 0.1, x, 0);
    assertThat(both[0][70]).isNaN();
    assertThat(both[0][69]).isFinite();
    assertThat(both[0][71]).isFinite();
  }
}
