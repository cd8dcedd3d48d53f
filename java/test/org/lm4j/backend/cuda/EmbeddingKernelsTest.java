package org.lm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.lm4j.backend.cuda.FakeDriver.ceil;
import static org.lm4j.backend.cuda.FakeDriver.linear;
import static org.lm4j.backend.cuda.FakeDriver.rowBlock;
import static org.lm4j.backend.cuda.FakeDriver.rows;

import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lm4j.backend.cuda.FakeDriver.Buffer;
import org.lm4j.compute.Philox;
import org.lm4j.compute.RandomKey;

/** Rows by id, their gradients, and dropout: all to the bit. */
@Tag("slow")
class EmbeddingKernelsTest {
  private static final int VOCABULARY = 37;

  private final Numbers numbers = new Numbers(3);

  @Test
  void takesRowsAndAddsTheirGradientsInOrder() throws Exception {
    for (int n : new int[] {1, 33, 255, 256, 257, 700}) {
      for (int width : new int[] {1, 4, 65, 256, 259, 1100}) {
        if (n * width < 200_000) {
          takeAndAdd(n, width, 0);
          takeAndAdd(n, width, 1);
        }
      }
    }
  }

  private void takeAndAdd(int n, int width, int shift) throws Exception {
    try (FakeDriver device = new FakeDriver()) {
      float[] table = numbers.uniform(VOCABULARY * width);
      float[] gradient = numbers.uniform(n * width);
      int[] ids = numbers.ids(n, VOCABULARY);
      float[] out = new float[n * width];
      float[] sum = table.clone();
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < width; j++) {
          out[i * width + j] = table[ids[i] * width + j];
          sum[ids[i] * width + j] += gradient[i * width + j];
        }
      }
      Buffer on = device.floats(shift, table);
      Buffer where = device.ints(ids);
      Buffer to = device.allocate(4L * out.length, 4 * shift);
      Object[] sizes = {(long) n, (long) width, (long) VOCABULARY};
      device.launch(
          "lm4j_embed",
          rows(n, width),
          rowBlock(width),
          on,
          where,
          to,
          sizes[0],
          sizes[1],
          sizes[2]);
      assertThat(device.floats(to)).as("%d rows of %d", n, width).isEqualTo(out);
      Buffer from = device.floats(shift, gradient);
      long grid = n * ceil(width, 256);
      device.launch(
          "lm4j_embed_backward", grid, 256, from, where, on, sizes[0], sizes[1], sizes[2]);
      assertThat(device.floats(on)).as("%d rows of %d", n, width).isEqualTo(sum);
    }
  }

  @Test
  void takesRowsAndGradientsInBfloat16() throws Exception {
    try (FakeDriver device = new FakeDriver()) {
      float[] table = numbers.uniform(VOCABULARY * 8);
      int[] ids = numbers.ids(50, VOCABULARY);
      Buffer on = device.floats(0, table);
      Buffer where = device.ints(ids);
      Buffer rounded = device.allocate(2 * 50 * 8, 0);
      device.launch("lm4j_embed_bf16", 4, 128, on, where, rounded, 50L, 8L, (long) VOCABULARY);
      short[] out = device.shorts(rounded);
      Buffer zero = device.floats(0, new float[table.length]);
      device.launch(
          "lm4j_embed_backward_bf16", 50, 256, rounded, where, zero, 50L, 8L, (long) VOCABULARY);
      float[] sum = new float[table.length];
      for (int i = 0; i < out.length; i++) {
        float value = Float.intBitsToFloat(out[i] << 16);
        int at = ids[i / 8] * 8 + i % 8;
        assertThat(value).isCloseTo(table[at], within(Math.abs(table[at]) / 256));
        sum[at] += value;
      }
      assertThat(device.floats(zero)).isEqualTo(sum);
    }
  }

  @Test
  void anIdOutsideTheTableGivesNanAndNoGradient() throws Exception {
    try (FakeDriver device = new FakeDriver()) {
      Buffer table = device.floats(0, numbers.uniform(8));
      Buffer ids = device.ints(1, -1, 2);
      Buffer out = device.allocate(4 * 12, 0);
      device.launch("lm4j_embed", 1, 128, table, ids, out, 3L, 4L, 2L);
      float[] rows = device.floats(out);
      for (int i = 0; i < rows.length; i++) {
        assertThat(Float.isNaN(rows[i])).as("element " + i).isEqualTo(i >= 4);
      }
      float[] before = device.floats(table);
      device.launch("lm4j_embed_backward", 3, 256, out, ids, table, 3L, 4L, 2L);
      for (int j = 4; j < 8; j++) {
        before[j] += rows[j - 4];
      }
      assertThat(device.floats(table)).isEqualTo(before);
    }
  }

  // --- Dropout ----------------------------------------------------------------------------------

  private static Buffer draw(FakeDriver device, RandomKey key, long threshold, double p) {
    long factor = Double.doubleToRawLongBits(1 / (1 - p));
    return device.longs(key.seed(), key.step(), threshold, factor);
  }

  @Test
  void dropsWhatTheCpuDrops() throws Exception {
    RandomKey key = new RandomKey(0x1234_5678_9abc_def0L, 0x0fed_cba9_8765_4321L);
    int site = (1 << 24) - 1;
    for (double p : new double[] {0, 0.1, 0.5, 0.999}) {
      for (int n : Numbers.SIZES) {
        for (int shift : new int[] {0, 1}) {
          try (FakeDriver device = new FakeDriver()) {
            float[] values = numbers.uniform(n);
            float[] expected = new float[n];
            long threshold = Philox.dropThreshold(p);
            for (int i = 0; i < n; i++) {
              boolean kept = Integer.toUnsignedLong(Philox.bits(key, site, i)) >= threshold;
              expected[i] = kept ? values[i] * (float) (1 / (1 - p)) : 0;
            }
            Buffer x = device.floats(shift, values);
            Buffer scalars = draw(device, key, threshold, p);
            device.launch("lm4j_dropout", linear(n), 256, x, x, (long) n, site, scalars);
            assertThat(device.floats(x)).as("%d, p=%s", n, p).isEqualTo(expected);
          }
        }
      }
    }
  }

  @Test
  void dropsTheSameOfBfloat16() throws Exception {
    RandomKey key = new RandomKey(5, 6);
    for (int shift : new int[] {0, 1}) {
      try (FakeDriver device = new FakeDriver()) {
        short[] ones = new short[1001];
        Arrays.fill(ones, (short) 0x3f80);
        Buffer x = device.shorts(shift, ones);
        Buffer scalars = draw(device, key, Philox.dropThreshold(0.5), 0.5);
        device.launch("lm4j_dropout_bf16", 1, 256, x, x, 1001L, 3, scalars);
        short[] actual = device.shorts(x);
        for (int i = 0; i < actual.length; i++) {
          boolean kept = Philox.uniform(key, 3, i) >= 0.5;
          assertThat(actual[i]).as("element " + i).isEqualTo((short) (kept ? 0x4000 : 0));
        }
      }
    }
  }

  @Test
  void rowsOfABatchOfBfloat16DropWhatTheWholeDoes() throws Exception {
    RandomKey key = new RandomKey(5, 6).of(new RandomKey.Rows(2, 3, 7));
    try (FakeDriver device = new FakeDriver()) {
      short[] ones = new short[4 * 3 * 5];
      Arrays.fill(ones, (short) 0x3f80);
      Buffer x = device.shorts(0, ones);
      Buffer scalars = draw(device, key, Philox.dropThreshold(0.5), 0.5);
      device.launch("lm4j_dropout_rows_bf16", 1, 256, x, x, 60L, 3, scalars, 2, 3, 7, 5);
      short[] actual = device.shorts(x);
      for (int i = 0; i < actual.length; i++) {
        boolean kept = Philox.uniform(key.whole(), 3, key.index(i, 5)) >= 0.5;
        assertThat(actual[i]).as("element " + i).isEqualTo((short) (kept ? 0x4000 : 0));
      }
    }
  }

  /** The known answer for counter and key 0, found by thresholds at and just above each word. */
  @Test
  void drawsTheKnownWords() throws Exception {
    long[] words = {0x6627e8d5L, 0xe169c58dL, 0xbc57ac4cL, 0x9b00dbd8L};
    RandomKey zero = new RandomKey(0, 0);
    try (FakeDriver device = new FakeDriver()) {
      for (int i = 0; i < words.length; i++) {
        for (int above = 0; above < 2; above++) {
          Buffer x = device.floats(0, 1, 1, 1, 1);
          Buffer scalars = draw(device, zero, words[i] + above, 0);
          device.launch("lm4j_dropout", 1, 32, x, x, 4L, 0, scalars);
          assertThat(device.floats(x)[i]).as("word " + i).isEqualTo(above == 0 ? 1 : 0);
        }
      }
    }
  }
}
