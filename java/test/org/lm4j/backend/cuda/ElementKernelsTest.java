package org.lm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.backend.cuda.FakeDriver.linear;
import static org.lm4j.backend.cuda.FakeDriver.rowBlock;
import static org.lm4j.backend.cuda.FakeDriver.rows;
import static org.lm4j.backend.cuda.Numbers.ORACLE;
import static org.lm4j.backend.cuda.Numbers.assertClose;
import static org.lm4j.backend.cuda.Numbers.reference;

import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lm4j.backend.cuda.FakeDriver.Buffer;
import org.lm4j.compute.Activation;
import org.lm4j.tensor.Tensor;

/** Elementwise kernels and casts, run by the fake driver, against the float64 oracle. */
@Tag("slow")
class ElementKernelsTest {
  private static final float NAN = Float.NaN;
  private static final float INF = Float.POSITIVE_INFINITY;
  private static final double TOLERANCE = 5e-7;

  private static final float TIE = 1 + 1f / 256; // between two bfloat16 numbers
  private static final float THREE_TIES = 1 + 3f / 256;

  private final Numbers numbers = new Numbers(1);

  /** A kernel over {@code n} elements that lie {@code shift} floats behind an aligned address. */
  private interface Check {
    void run(FakeDriver device, int n, int shift, long grid) throws Exception;
  }

  private static void forAll(Check check) throws Exception {
    for (int n : Numbers.SIZES) {
      for (int shift : new int[] {0, 1, 3}) {
        for (long grid : new long[] {linear(n), 3}) {
          try (FakeDriver device = new FakeDriver()) {
            check.run(device, n, shift, grid);
          }
        }
      }
    }
  }

  @Test
  void fill() throws Exception {
    forAll(
        (device, n, shift, grid) -> {
          Buffer x = device.floats(shift, numbers.uniform(n));
          device.launch("lm4j_fill", grid, 256, x, (long) n, device.doubles(0.1));
          float[] expected = new float[n];
          Arrays.fill(expected, 0.1f);
          assertThat(device.floats(x)).isEqualTo(expected);
        });
  }

  @Test
  void axpyAndScale() throws Exception {
    forAll(
        (device, n, shift, grid) -> {
          float[] x = numbers.uniform(n);
          float[] y = numbers.uniform(n);
          Buffer on = device.floats(shift, y);
          Buffer from = device.floats(0, x);
          device.launch("lm4j_axpy", grid, 256, from, on, (long) n, device.doubles(-0.7));
          device.launch("lm4j_scale", grid, 256, on, (long) n, device.doubles(1.3));
          Tensor expected = reference(y, n);
          ORACLE.axpy(-0.7, reference(x, n), expected);
          ORACLE.scale(1.3, expected);
          assertClose("y", expected, device.floats(on), TOLERANCE);
        });
  }

  @Test
  void multiplyAlsoInPlace() throws Exception {
    forAll(
        (device, n, shift, grid) -> {
          float[] x = numbers.uniform(n);
          float[] y = numbers.uniform(n);
          Buffer a = device.floats(shift, x);
          Buffer b = device.floats(shift, y);
          Buffer z = device.allocate(4L * n, 4 * shift);
          device.launch("lm4j_multiply", grid, 256, a, b, z, (long) n);
          device.launch("lm4j_multiply", grid, 256, a, b, b, (long) n);
          Tensor expected = ORACLE.allocate(n);
          ORACLE.multiply(reference(x, n), reference(y, n), expected);
          assertClose("z", expected, device.floats(z), TOLERANCE);
          assertThat(device.floats(b)).isEqualTo(device.floats(z));
        });
  }

  @Test
  void clampLeavesNanAlone() throws Exception {
    forAll(
        (device, n, shift, grid) -> {
          float[] g = numbers.uniform(n, -2, 2);
          g[n / 2] = NAN;
          g[n - 1] = n % 2 == 0 ? INF : -INF;
          Buffer on = device.floats(shift, g);
          device.launch("lm4j_clamp", grid, 256, on, (long) n, device.doubles(0.5));
          Tensor expected = reference(g, n);
          ORACLE.clamp(expected, 0.5);
          assertClose("g", expected, device.floats(on), 0);
        });
  }

  private static int code(Activation f) {
    return switch (f) {
      case SIGMOID -> 0;
      case TANH -> 1;
      case RELU -> 2;
    };
  }

  @Test
  void activationsAndTheirDerivatives() throws Exception {
    forAll(
        (device, n, shift, grid) -> {
          for (Activation f : Activation.values()) {
            float[] x = numbers.uniform(n, -8, 8);
            x[0] = n > 4 ? NAN : 10;
            x[n - 1] = n > 4 ? -INF : -10;
            float[] dy = numbers.uniform(n);
            Buffer y = device.floats(shift, x);
            device.launch("lm4j_activate", grid, 256, y, y, (long) n, code(f));
            Tensor expected = ORACLE.allocate(n);
            ORACLE.activate(f, reference(x, n), expected);
            assertClose(f + " y", expected, device.floats(y), TOLERANCE);

            float[] outputs = numbers.uniform(n, -0.7, 0.7);
            Buffer from = device.floats(shift, outputs);
            Buffer on = device.floats(shift, dy);
            device.launch("lm4j_activate_backward", grid, 256, from, on, on, (long) n, code(f));
            Tensor gradient = ORACLE.allocate(n);
            ORACLE.activateBackward(f, reference(outputs, n), reference(dy, n), gradient);
            assertClose(f + " dx", gradient, device.floats(on), TOLERANCE);
          }
        });
  }

  // --- bfloat16 ---------------------------------------------------------------------------------

  /** Nearest, ties to even, by arithmetic that shares nothing with the kernel's. */
  private static short bf16(float x) {
    if (Float.isNaN(x)) {
      return 0x7fc0;
    }
    if (Float.isInfinite(x)) {
      return (short) (Float.floatToRawIntBits(x) >>> 16);
    }
    int low = Float.floatToRawIntBits(x) >>> 16;
    double below = Float.intBitsToFloat(low << 16);
    double unit = Math.scalb(1.0, Math.max(Math.getExponent(x), -126) - 7);
    double fraction = Math.abs(x - below) / unit;
    boolean up = fraction > 0.5 || (fraction == 0.5 && (low & 1) == 1);
    return (short) (up ? low + 1 : low);
  }

  @Test
  void roundsToBfloat16() throws Exception {
    float[] special = {
      0,
      -0f,
      1,
      -1,
      TIE,
      THREE_TIES,
      Math.nextUp(TIE),
      Math.nextDown(TIE),
      Float.MAX_VALUE,
      INF,
      -INF,
      Float.MIN_VALUE,
      100_000 * Float.MIN_VALUE,
      NAN,
      Float.intBitsToFloat(0x7f800001),
      0.1f
    };
    try (FakeDriver device = new FakeDriver()) {
      Buffer x = device.floats(0, special);
      Buffer y = device.allocate(2L * special.length, 0);
      long n = special.length;
      device.launch("lm4j_to_bf16", 1, 256, x, y, 1L, n, n, n, Buffer.NONE);
      short[] actual = device.shorts(y);
      for (int i = 0; i < special.length; i++) {
        if (Float.isNaN(special[i])) {
          assertThat(Float.intBitsToFloat(actual[i] << 16)).as("of NaN").isNaN();
        } else {
          assertThat(actual[i]).as("of " + special[i]).isEqualTo(bf16(special[i]));
        }
      }
    }
  }

  @Test
  void castsRowsWithPaddingThereAndBack() throws Exception {
    for (int columns : new int[] {1, 5, 8, 64, 650, 1025, 2050}) {
      for (int height : new int[] {1, 9}) {
        for (int shift : new int[] {0, 1}) {
          castRows(height, columns, (columns + 7) / 8 * 8, shift);
        }
      }
    }
  }

  private void castRows(int height, int columns, int stride, int shift) throws Exception {
    try (FakeDriver device = new FakeDriver()) {
      float[] values = numbers.uniform(height * columns);
      short[] padding = new short[height * stride];
      Arrays.fill(padding, (short) 77);
      Buffer x = device.floats(shift, values);
      Buffer rounded = device.shorts(shift, padding);
      long grid = height == 1 ? linear(columns) : rows(height, columns);
      int block = height == 1 ? 256 : rowBlock(columns);
      long c = columns;
      long h = height;
      long s = stride;
      device.launch("lm4j_to_bf16", grid, block, x, rounded, h, c, c, s, device.doubles(0.5));
      short[] actual = device.shorts(rounded);
      float[] back = new float[values.length];
      for (int i = 0; i < height; i++) {
        for (int j = 0; j < stride; j++) {
          short expected = j < columns ? bf16(0.5f * values[i * columns + j]) : 77;
          assertThat(actual[i * stride + j]).as("[%d][%d]", i, j).isEqualTo(expected);
          if (j < columns) {
            back[i * columns + j] = 3 * Float.intBitsToFloat(expected << 16);
          }
        }
      }
      Buffer y = device.allocate(4L * values.length, 4 * shift);
      Buffer three = device.doubles(3);
      device.launch("lm4j_from_bf16", grid, block, rounded, y, h, c, s, c, 0, three);
      assertThat(device.floats(y)).isEqualTo(back);
      device.launch("lm4j_from_bf16", grid, block, rounded, y, h, c, s, c, 1, three);
      for (int i = 0; i < back.length; i++) {
        back[i] += back[i];
      }
      assertThat(device.floats(y)).isEqualTo(back);
    }
  }
}
