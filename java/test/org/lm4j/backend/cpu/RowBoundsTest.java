package org.lm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.backend.cpu.job.WorkerTeam;
import org.lm4j.backend.cpu.kernel.PlainMemory;
import org.lm4j.backend.cpu.kernel.ProductKernels;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.backend.cpu.kernel.scalar.ScalarByteKernels;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Memory;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/** Bounds of rows made to be hard to bound; those of models are among the parity cases. */
class RowBoundsTest {
  private static final int ROWS = 150; // two panels and a part of one

  /** The distribution of a row. */
  @FunctionalInterface
  private interface Weight {
    double at(int row, int k);
  }

  /** Bounds, then logits as float32 rounds them, of each row. */
  private static double[][] both(int depth, Weight weight, float[] x, double bias) {
    try (WorkerTeam team = new WorkerTeam(2);
        HostStorage weights = new HostStorage((long) ROWS * depth * Float.BYTES);
        HostStorage small = new HostStorage((long) (depth + 2 * ROWS) * Float.BYTES)) {
      Tensor w = new Tensor(weights, 0, Shape.of(ROWS, depth), DType.F32);
      Tensor input = new Tensor(small, 0, Shape.of(depth), DType.F32);
      Tensor biases = new Tensor(small, depth, Shape.of(ROWS), DType.F32);
      Tensor logits = new Tensor(small, depth + ROWS, Shape.of(ROWS), DType.F32);
      for (int i = 0; i < w.size(); i++) {
        w.set(i, weight.at(i / depth, i % depth));
      }
      for (int k = 0; k < depth; k++) {
        input.set(k, x[k]);
      }
      for (int i = 0; i < ROWS; i++) {
        biases.set(i, bias);
      }
      double[] found = new double[ROWS];
      try (RowBounds bounds = new RowBounds(team, w)) {
        bounds.write(input.address(), biases.address(), 0, 1, found);
        int panels = (ROWS + panelWidth() - 1) / panelWidth();
        bounds.write(input.address(), biases.address(), 1, panels, found);
      }
      Kernels.PRODUCTS.dots(ROWS, depth, w.address(), input.address(), logits.address());
      Kernels.ELEMENTS.axpy(ROWS, 1, biases.address(), logits.address());
      return new double[][] {found, logits.toArray()};
    }
  }

  private static int panelWidth() {
    return ProductKernels.PANEL_VECTORS * Kernels.GATES.lanes();
  }

  private static float[] signs(int depth, long seed) {
    Random random = new Random(seed);
    float[] x = new float[depth];
    for (int k = 0; k < depth; k++) {
      x[k] = (random.nextBoolean() ? 1 : -1) * random.nextFloat();
    }
    return x;
  }

  private static void assertBound(double[][] both, double most) {
    for (int i = 0; i < ROWS; i++) {
      assertThat(both[0][i]).as("row %d", i).isGreaterThanOrEqualTo(both[1][i]);
      assertThat(both[0][i]).as("row %d", i).isLessThanOrEqualTo(both[1][i] + most);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 17, 200})
  void halfStepsThatAllPullTheSameWay(int depth) {
    float[] x = signs(depth, 3);
    // The largest weight is 127 steps of 1/127; the others lie half a step beyond a whole one.
    Weight weight =
        (row, k) -> k == row % depth ? 1 : Math.signum(x[k]) * (row % 120 + 0.5 - 1e-6) / 127;
    assertBound(both(depth, weight, x, -2), depth / 127.0 * 1.01 + 1e-5);
  }

  @Test
  void weightsTooSmallForAnyByteBesideALargeBias() {
    float[] x = signs(33, 4);
    for (double scale : new double[] {0, 1e-45, 1e-38, 1e-30, 1e-11}) {
      assertBound(both(33, (row, k) -> scale * Math.cos(row + k), x, -8), 1e-5);
    }
  }

  @Test
  void aNanLogitHasANanBound() {
    double[][] both = both(5, (row, k) -> row == 70 && k == 3 ? Double.NaN : 0.1, signs(5, 5), 0);
    assertThat(both[0][70]).isNaN();
    assertThat(both[0][69]).isFinite();
    assertThat(both[0][71]).isFinite();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 64, 201})
  void vectorsAddUpWhatPlainLoopsDo(int depth) {
    int panels = 3;
    int width = panels * panelWidth();
    Random random = new Random(depth);
    float[] x = signs(depth, depth);
    try (HostStorage memory = new HostStorage((long) depth * (width + 4) + 8L * width)) {
      long input = memory.address();
      long panel = input + 4L * depth;
      long own = (panel + (long) depth * width + 3) / 4 * 4;
      long plain = own + 4L * width;
      for (int k = 0; k < depth; k++) {
        PlainMemory.set(input, k, x[k]);
      }
      byte[] bytes = new byte[depth * width];
      random.nextBytes(bytes);
      Memory.ALL.asSlice(panel, bytes.length).copyFrom(MemorySegment.ofArray(bytes));
      Kernels.bytes().panels(panels, depth, input, panel, own);
      new ScalarByteKernels().panels(panels, depth, input, panel, plain);
      double most = 1e-6 * depth * 128;
      for (int i = 0; i < width; i++) {
        assertThat((double) PlainMemory.get(own, i))
            .isCloseTo(PlainMemory.get(plain, i), within(most + 1e-9));
      }
    }
  }
}
