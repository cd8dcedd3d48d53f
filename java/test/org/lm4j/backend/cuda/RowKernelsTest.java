package org.lm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.backend.cuda.FakeDriver.rowBlock;
import static org.lm4j.backend.cuda.FakeDriver.rows;
import static org.lm4j.backend.cuda.Numbers.ORACLE;
import static org.lm4j.backend.cuda.Numbers.assertClose;
import static org.lm4j.backend.cuda.Numbers.reference;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lm4j.backend.cuda.FakeDriver.Buffer;
import org.lm4j.tensor.Tensor;

/**
 * Softmax, its gradient, columns and sequences, run by the fake driver, against the float64 oracle.
 */
@Tag("slow")
class RowKernelsTest {
  private static final double TOLERANCE = 1e-6;
  private static final float NAN = Float.NaN;
  private static final float INF = Float.POSITIVE_INFINITY;
  private static final int[] WIDTHS = {1, 2, 3, 5, 31, 33, 64, 127, 1023, 1024, 1025, 3001, 20_003};
  private static final int[] HEIGHTS = {1, 9};

  private final Numbers numbers = new Numbers(6);

  // --- Softmax ----------------------------------------------------------------------------------

  @Test
  void softmaxOfRowsOfAllSizes() throws Exception {
    for (int width : WIDTHS) {
      for (int height : HEIGHTS) {
        int shift = width % 4;
        softmax(numbers.uniform(height * width, -9, 9), null, height, shift);
        softmax(numbers.uniform(height * width, -300, 300), null, height, 0);
        int[] lengths = numbers.ids(height, width + 1);
        softmax(numbers.uniform(height * width, -9, 9), lengths, height, shift);
      }
    }
  }

  @Test
  void softmaxOfNothingOfOneAndOfAll() throws Exception {
    for (int width : new int[] {6, 1500}) {
      int[] lengths = {0, 1, width, 0, width - 1};
      softmax(numbers.uniform(5 * width, -9, 9), lengths, 5, 1);
      softmax(numbers.uniform(2 * width, -9, 9), new int[2], 2, 0);
    }
  }

  /**
   * Tests that values that are not finite affect their own row, and nothing where they are ignored.
   */
  @Test
  void softmaxOfValuesThatAreNotFinite() throws Exception {
    for (int width : new int[] {40, 1500}) {
      for (float special : new float[] {NAN, INF, -INF}) {
        float[] x = numbers.uniform(3 * width, -4, 4);
        x[width + 30] = special;
        softmax(x, null, 3, 0);
        softmax(x, new int[] {width, 31, width}, 3, 0);
        softmax(x, new int[] {width, 30, 0}, 3, 0);
      }
      float[] nothing = new float[width];
      Arrays.fill(nothing, -INF);
      softmax(nothing, null, 1, 0);
    }
  }

  private void softmax(float[] x, int @Nullable [] lengths, int height, int shift)
      throws Exception {
    int width = x.length / height;
    String name = "%dx%d shifted by %d, %s".formatted(height, width, shift, name(lengths));
    Tensor expected = ORACLE.allocate(height, width);
    ORACLE.softmax(
        reference(x, height, width), lengths == null ? null : reference(lengths), expected);
    try (FakeDriver device = new FakeDriver()) {
      Buffer from = device.floats(shift, x);
      Buffer counted = lengths == null ? Buffer.NONE : device.ints(lengths);
      for (int other : new int[] {shift, shift + 1}) {
        Buffer to = device.allocate(4L * x.length, 4 * other);
        launch(device, "lm4j_softmax", height, width, from, counted, to);
        assertClose("y of " + name, expected, device.floats(to), TOLERANCE);
      }
      assertThat(device.floats(from)).as("x of " + name).isEqualTo(x);
      launch(device, "lm4j_softmax", height, width, from, counted, from);
      assertClose("in place " + name, expected, device.floats(from), TOLERANCE);
    }
  }

  private static String name(int @Nullable [] lengths) {
    return lengths == null ? "all counting" : "lengths " + Arrays.toString(lengths);
  }

  private static void launch(
      FakeDriver device, String kernel, long height, long width, Buffer a, Buffer b, Buffer c) {
    device.launch(kernel, rows(height, width), rowBlock(width), a, b, c, height, width);
  }

  @Test
  void aLengthThatNoRowCanHaveShows() throws Exception {
    for (int width : new int[] {5, 1100}) {
      try (FakeDriver device = new FakeDriver()) {
        Buffer x = device.floats(0, numbers.uniform(3 * width));
        Buffer lengths = device.ints(width + 1, width, -1);
        launch(device, "lm4j_softmax", 3, width, x, lengths, x);
        float[] y = device.floats(x);
        assertThat(Arrays.copyOf(y, width)).containsOnly(NAN);
        assertThat(Arrays.copyOfRange(y, 2 * width, 3 * width)).containsOnly(NAN);
        for (int j = width; j < 2 * width; j++) {
          assertThat(y[j]).isBetween(0f, 1f);
        }
      }
    }
  }

  // --- Its gradient -----------------------------------------------------------------------------

  @Test
  void softmaxBackwardOfRowsOfAllSizes() throws Exception {
    for (int width : WIDTHS) {
      for (int height : HEIGHTS) {
        float[] y = numbers.uniform(height * width, 0, 2.0 / width);
        softmaxBackward(y, numbers.uniform(height * width), height, width % 4);
      }
    }
  }

  @Test
  void softmaxBackwardOfValuesThatAreNotFinite() throws Exception {
    for (int width : new int[] {40, 1500}) {
      float[] y = numbers.uniform(3 * width, 0, 2.0 / width);
      float[] dy = numbers.uniform(3 * width);
      dy[width + 7] = NAN;
      softmaxBackward(y, dy, 3, 0);
    }
  }

  private static void softmaxBackward(float[] y, float[] dy, int height, int shift)
      throws Exception {
    int width = y.length / height;
    String name = "%dx%d shifted by %d".formatted(height, width, shift);
    Tensor expected = ORACLE.allocate(height, width);
    ORACLE.softmaxBackward(reference(y, height, width), reference(dy, height, width), expected);
    try (FakeDriver device = new FakeDriver()) {
      Buffer result = device.floats(shift, y);
      Buffer gradient = device.floats(3 - shift, dy);
      Buffer dx = device.allocate(4L * y.length, 4);
      launch(device, "lm4j_softmax_backward", height, width, result, gradient, dx);
      assertClose("dx of " + name, expected, device.floats(dx), TOLERANCE);
      launch(device, "lm4j_softmax_backward", height, width, result, gradient, gradient);
      assertThat(device.floats(gradient)).as("in place " + name).isEqualTo(device.floats(dx));
      assertThat(device.floats(result)).as("y of " + name).isEqualTo(y);
    }
  }

  // --- Columns ----------------------------------------------------------------------------------

  @Test
  void copyColumns() throws Exception {
    for (int width : WIDTHS) {
      for (int height : HEIGHTS) {
        for (int shift : new int[] {0, 1, 2}) {
          copyColumns(height, width, shift, 3 - shift);
          copyColumns(height, width, shift, shift);
        }
      }
    }
  }

  /** Columns {@code from} to {@code to}, of rows that are 5 and 7 longer. */
  private void copyColumns(int height, int width, int from, int to) throws Exception {
    int sourceStride = width + 5;
    int targetStride = width + 7;
    float[] source = numbers.uniform(height * sourceStride);
    source[from] = NAN; // is copied as anything else
    float[] target = numbers.uniform(height * targetStride);
    float[] expected = target.clone();
    for (int i = 0; i < height; i++) {
      System.arraycopy(source, i * sourceStride + from, expected, i * targetStride + to, width);
    }
    try (FakeDriver device = new FakeDriver()) {
      Buffer x = device.floats(0, source);
      Buffer y = device.floats(0, target);
      device.launch(
          "lm4j_copy_columns",
          rows(height, width),
          rowBlock(width),
          x.address() + 4L * from,
          y.address() + 4L * to,
          (long) height,
          (long) width,
          (long) sourceStride,
          (long) targetStride);
      assertThat(device.floats(y))
          .as("%d rows of %d columns from %d to %d", height, width, from, to)
          .isEqualTo(expected);
    }
  }

  // --- Sequences --------------------------------------------------------------------------------

  @Test
  void copySequences() throws Exception {
    for (int width : WIDTHS) {
      for (int shift : new int[] {0, 1, 2}) {
        for (boolean reversed : new boolean[] {false, true}) {
          copySequences(5, 5, width, shift, reversed);
          copySequences(7, 3, width, shift, reversed);
          copySequences(3, 7, width, shift, reversed);
        }
      }
    }
  }

  /**
   * Lengths from 0 to the most, and some that no sequence can have: those reach no other memory.
   */
  private void copySequences(int sourceSteps, int steps, int width, int shift, boolean reversed)
      throws Exception {
    int longest = Math.max(sourceSteps, steps);
    int[] lengths = {longest, 0, 1, longest - 1, -3, reversed ? 2 * longest + 9 : 2};
    int batch = lengths.length;
    float[] source = numbers.uniform(sourceSteps * batch * width);
    source[0] = NAN; // is copied as anything else
    float[] expected = new float[steps * batch * width];
    for (int t = 0; t < steps; t++) {
      for (int b = 0; b < batch; b++) {
        int from = reversed ? lengths[b] - 1 - t : t;
        if (t < lengths[b] && from < sourceSteps) {
          System.arraycopy(
              source, (from * batch + b) * width, expected, (t * batch + b) * width, width);
        }
      }
    }
    try (FakeDriver device = new FakeDriver()) {
      Buffer x = device.floats(shift, source);
      Buffer y = device.floats(3 - shift, numbers.uniform(expected.length));
      long rows = (long) steps * batch;
      device.launch(
          "lm4j_copy_sequences",
          rows(rows, width),
          rowBlock(width),
          x,
          device.ints(lengths),
          y,
          (long) sourceSteps,
          (long) steps,
          (long) batch,
          (long) width,
          reversed ? 1 : 0);
      assertThat(device.floats(y))
          .as("%d of %d steps of %d, %s", steps, sourceSteps, width, reversed)
          .isEqualTo(expected);
    }
  }
}
