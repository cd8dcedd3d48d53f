package org.lm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.backend.cpu.kernel.PlainMemory.get;
import static org.lm4j.backend.cpu.kernel.PlainMemory.set;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.backend.cpu.kernel.Bf16;
import org.lm4j.backend.cpu.panel.Bf16Panels;
import org.lm4j.backend.cpu.panel.FloatPanels;
import org.lm4j.tensor.HostStorage;

/** One row times packed weights against plain loops, bit for bit. */
class RowPanelsTest {
  private static final long SEED = 20261130;
  private static final int WIDTH = RowPanels.width();
  private static final int PANELS = 4;
  private static final float MARK = -12345;
  private static final int ROWS = 3 * WIDTH + 5; // of the weights

  /** A product in plain Java: {@code start + w · x}. */
  @FunctionalInterface
  private interface Plain {
    float of(float[] w, float[] x, float start);
  }

  private static float float32(float[] w, float[] x, float start) {
    float sum = start;
    for (int i = 0; i < w.length; i++) {
      sum = Math.fma(x[i], w[i], sum);
    }
    return sum;
  }

  private static float bf16(float[] w, float[] x, float start) {
    int pairs = (w.length + 1) / 2;
    float sum = start;
    for (int i = 0; i < pairs; i++) {
      if (i + pairs < w.length) {
        sum = Math.fma(Bf16.round(x[i + pairs]), Bf16.round(w[i + pairs]), sum);
      }
      sum = Math.fma(Bf16.round(x[i]), Bf16.round(w[i]), sum);
    }
    return sum;
  }

  private static float int8(float[] w, float[] x, float start) {
    float mostW = most(w);
    float mostX = most(x);
    int sum = 0;
    for (int i = 0; i < w.length; i++) {
      sum += (int) Math.rint(w[i] * (127 / mostW)) * (int) Math.rint(x[i] * (127 / mostX));
    }
    float factor = (mostX / 127) * (mostW / 127);
    float product = sum * factor;
    return start + product;
  }

  private static float most(float[] numbers) {
    float most = 0;
    for (float number : numbers) {
      most = Math.max(most, Math.abs(number));
    }
    return most;
  }

  private static Map<RowPanels, Plain> all() {
    Map<RowPanels, Plain> all = new LinkedHashMap<>();
    all.put(RowPanels.of(FloatPanels.INSTANCE), RowPanelsTest::float32);
    all.put(RowPanels.of(Bf16Panels.fastest()), RowPanelsTest::bf16);
    all.put(RowPanels.of(Bf16Panels.emulated()), RowPanelsTest::bf16);
    all.put(SqueezedPanels.of(Bf16Panels.fastest()), RowPanelsTest::bf16);
    all.put(BytePanels.fastest(), RowPanelsTest::int8);
    all.put(BytePanels.emulated(), RowPanelsTest::int8);
    return all;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 16, 31, 64, 67, 131, 1500})
  void everyColumnIsThatOfThePlainLoop(int depth) {
    all().forEach((panels, plain) -> check(panels, plain, depth));
  }

  private static void check(RowPanels panels, Plain plain, int depth) {
    Random random = new Random(SEED + depth);
    float[][] weights = new float[ROWS][];
    float[] x = floats(depth, random);
    float[] starts = floats(PANELS * WIDTH, random);
    try (HostStorage matrix = new HostStorage(4L * ROWS * depth);
        HostStorage packed = new HostStorage(PANELS * panels.panelBytes(depth));
        HostStorage vectors = new HostStorage(4L * (depth + 2 * PANELS * WIDTH + 1));
        HostStorage buffer = new HostStorage(panels.rowBytes(depth))) {
      for (int row = 0; row < ROWS; row++) {
        weights[row] = floats(depth, random);
        copy(weights[row], matrix.address() + 4L * row * depth);
      }
      long start = vectors.address();
      long out = start + 4L * PANELS * WIDTH;
      long floats = out + 4L * (PANELS * WIDTH + 1);
      copy(starts, start);
      copy(x, floats);
      // Column i is row i + 3; the last columns are zeros.
      panels.pack(
          matrix.address(),
          depth,
          PANELS * WIDTH,
          i -> i + 3 < ROWS ? i + 3 : -1,
          packed.address());
      long row = panels.row(depth, floats, buffer.address());
      for (int startBytes : new int[] {0, 4 * WIDTH}) {
        for (int from = 0; from < PANELS; from++) {
          int to = 1 + random.nextInt(from, PANELS);
          int behind = to * WIDTH;
          set(out, behind, MARK);
          long first = packed.address() + from * panels.panelBytes(depth);
          long at = 4L * from * WIDTH;
          panels.multiply(to - from, depth, row, first, start, startBytes, out + at);
          for (int i = from * WIDTH; i < to * WIDTH; i++) {
            float begun = starts[startBytes == 0 ? i % WIDTH : i - from * WIDTH];
            float expected = i + 3 < ROWS ? plain.of(weights[i + 3], x, begun) : begun;
            assertThat(get(out, i))
                .as("%s, depth %d, panels %d to %d", panels.description(), depth, from, to)
                .isEqualTo(expected);
          }
          assertThat(get(out, behind)).isEqualTo(MARK);
        }
      }
    }
  }

  private static float[] floats(int count, Random random) {
    float[] floats = new float[count];
    for (int i = 0; i < count; i++) {
      floats[i] = (float) random.nextGaussian();
    }
    return floats;
  }

  private static void copy(float[] from, long to) {
    for (int i = 0; i < from.length; i++) {
      set(to, i, from[i]);
    }
  }
}
