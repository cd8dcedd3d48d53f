package org.lm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.backend.cuda.FakeDriver.ceil;
import static org.lm4j.backend.cuda.FakeDriver.linear;
import static org.lm4j.backend.cuda.FakeDriver.rowBlock;
import static org.lm4j.backend.cuda.FakeDriver.rows;
import static org.lm4j.backend.cuda.Numbers.ORACLE;
import static org.lm4j.backend.cuda.Numbers.assertClose;
import static org.lm4j.backend.cuda.Numbers.reference;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lm4j.backend.cuda.FakeDriver.Buffer;
import org.lm4j.tensor.Tensor;

/** Sums, norms and biases, against the float64 oracle; the same bits for any grid. */
@Tag("slow")
class ReductionKernelsTest {
  private static final double TOLERANCE = 1e-6;
  private static final int PARTIALS = 1024;

  private final Numbers numbers = new Numbers(2);

  @Test
  void sums() throws Exception {
    for (int n : new int[] {1, 3, 700, 4096, 4097, 50_001}) {
      for (int shift : new int[] {0, 1}) {
        try (FakeDriver device = new FakeDriver()) {
          float[] values = numbers.uniform(n, -1, 1.5);
          Buffer x = device.floats(shift, values);
          Buffer out = device.allocate(4, 0);
          Buffer partials = device.allocate(8 * PARTIALS, 0);
          Tensor expected = ORACLE.allocate(1);
          ORACLE.sum(reference(values, n), expected);
          device.launch("lm4j_sum", 1, 256, x, out, (long) n);
          assertClose("sum of " + n, expected, device.floats(out), TOLERANCE);
          for (long grid : new long[] {1, 5, PARTIALS}) {
            device.launch("lm4j_sum_partials", grid, 256, x, partials, (long) n);
            device.launch("lm4j_sum_finish", 1, 256, partials, out, (long) n);
            assertClose("sum of " + n, expected, device.floats(out), TOLERANCE);
          }
        }
      }
    }
  }

  /** Sums a large number and ones, which float32 would lose. */
  @Test
  void sumsInDoublePrecision() throws Exception {
    try (FakeDriver device = new FakeDriver()) {
      float[] values = new float[513];
      values[0] = 1e9f;
      values[512] = -1e9f;
      for (int i = 1; i < 512; i++) {
        values[i] = 1;
      }
      Buffer out = device.allocate(4, 0);
      device.launch("lm4j_sum", 1, 256, device.floats(0, values), out, 513L);
      assertThat(device.floats(out)).containsExactly(511);
    }
  }

  @Test
  void gradientNormAndItsFactor() throws Exception {
    for (int n : new int[] {1, 5, 9001, 50_001}) {
      for (double limit : new double[] {0.25, 1e6, Double.POSITIVE_INFINITY}) {
        norm(numbers.uniform(n), limit);
      }
    }
    for (float special : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      float[] values = numbers.uniform(41);
      values[7] = special;
      norm(values, 1);
      norm(values, Double.POSITIVE_INFINITY);
    }
  }

  private void norm(float[] values, double limit) throws Exception {
    try (FakeDriver device = new FakeDriver()) {
      int n = values.length;
      Buffer g = device.floats(0, values);
      Buffer out = device.allocate(8, 0);
      Buffer partials = device.allocate(8 * PARTIALS, 0);
      device.launch("lm4j_square_partials", PARTIALS, 256, g, partials, (long) n);
      device.launch("lm4j_gradient_norm", 1, 256, partials, out, (long) n, device.doubles(limit));
      Tensor expected = ORACLE.allocate(2);
      ORACLE.gradientNorm(reference(values, n), limit, expected);
      float[] both = device.floats(out);
      for (int i = 0; i < 2; i++) {
        assertClose("norm of " + n, expected.slice(i, 1), new float[] {both[i]}, TOLERANCE);
      }
    }
  }

  @Test
  void addsBiasesAndSumsTheirGradients() throws Exception {
    for (int height : new int[] {1, 7, 128, 129, 700}) {
      for (int width : new int[] {1, 4, 33, 65, 1028, 1031}) {
        for (int shift : new int[] {0, 1}) {
          bias(height, width, shift);
        }
      }
    }
  }

  private void bias(int height, int width, int shift) throws Exception {
    try (FakeDriver device = new FakeDriver()) {
      String name = height + "x" + width + " shifted by " + shift;
      float[] y = numbers.uniform(height * width);
      float[] b = numbers.uniform(width);
      Buffer matrix = device.floats(shift, y);
      Buffer vector = device.floats(shift, b);
      long h = height;
      long w = width;
      device.launch("lm4j_add_bias", rows(h, w), rowBlock(w), vector, matrix, h, w);
      Tensor expected = reference(y, height, width);
      ORACLE.addBias(reference(b, width), expected);
      assertClose("y " + name, expected, device.floats(matrix), TOLERANCE);

      float[] sums = null;
      for (long grid : new long[] {1, ceil(h, 128) * ceil(w, 32)}) {
        Buffer partials = device.allocate(4 * ceil(h, 128) * w, 0);
        Buffer db = device.floats(shift, b);
        device.launch("lm4j_bias_partials", grid, 256, matrix, partials, h, w);
        device.launch("lm4j_bias_gradient", linear(4 * w), 256, partials, db, h, w);
        Tensor gradient = reference(b, width);
        ORACLE.biasGradient(reference(device.floats(matrix), height, width), gradient);
        float[] actual = device.floats(db);
        assertClose("db " + name, gradient, actual, TOLERANCE * Math.max(1, height / 20));
        assertThat(actual).as(name).isEqualTo(sums == null ? actual : sums);
        sums = actual;
      }
    }
  }
}
