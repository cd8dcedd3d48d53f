package org.lm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.backend.cuda.FakeDriver.rowBlock;
import static org.lm4j.backend.cuda.FakeDriver.rows;
import static org.lm4j.backend.cuda.Numbers.ORACLE;
import static org.lm4j.backend.cuda.Numbers.assertClose;
import static org.lm4j.backend.cuda.Numbers.reference;

import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lm4j.backend.cuda.FakeDriver.Buffer;
import org.lm4j.tensor.Tensor;

/** Cross-entropy and the hinge loss against the float64 oracle. */
@Tag("slow")
class LossKernelsTest {
  private static final double TOLERANCE = 2e-6;
  private static final float INF = Float.POSITIVE_INFINITY;

  private final Numbers numbers = new Numbers(4);

  @Test
  void rowsOfAllSizes() throws Exception {
    for (int classes : new int[] {1, 2, 3, 5, 31, 65, 128, 1023, 1024, 1025, 3001, 20_003}) {
      for (int height : new int[] {1, 9}) {
        for (int shift : new int[] {0, 1, 2}) {
          float[] logits = numbers.uniform(height * classes, -6, 6);
          check(logits, numbers.ids(height, classes), -1, shift, false);
          check(logits, numbers.ids(height, classes), 0, shift, true);
        }
      }
    }
  }

  @Test
  void largeLogits() throws Exception {
    for (int classes : new int[] {33, 2000}) {
      check(numbers.uniform(5 * classes, -300, 300), numbers.ids(5, classes), -100, 0, false);
    }
  }

  /** Tests that a row with values that are not finite does not affect its neighbours. */
  @Test
  void valuesThatAreNotFinite() throws Exception {
    for (int classes : new int[] {40, 1500}) {
      for (float special : new float[] {Float.NaN, INF, -INF}) {
        float[] logits = numbers.uniform(3 * classes, -4, 4);
        logits[classes + 7] = special;
        logits[classes + 30] = special == -INF ? -INF : 0;
        check(logits, new int[] {1, 2, 3}, -1, 0, false);
        check(logits, new int[] {1, 7, 3}, -1, 0, false);
      }
      float[] nothing = new float[classes];
      Arrays.fill(nothing, -INF);
      check(nothing, new int[] {0}, -1, 0, false);
    }
  }

  private void check(float[] logits, int[] targets, int ignore, int shift, boolean biased)
      throws Exception {
    int height = targets.length;
    int classes = logits.length / height;
    String name = "%dx%d shifted by %d".formatted(height, classes, shift);
    float[] bias = numbers.uniform(classes);
    Tensor expected = reference(logits, height, classes);
    if (biased) {
      ORACLE.addBias(reference(bias, classes), expected);
    }
    Tensor loss = ORACLE.allocate(height);
    ORACLE.softmaxCrossEntropy(expected, reference(targets), ignore, 0.25, loss);
    try (FakeDriver device = new FakeDriver()) {
      Buffer z = device.floats(shift, logits);
      Buffer b = biased ? device.floats(shift, bias) : Buffer.NONE;
      Buffer where = device.ints(targets);
      Buffer losses = device.allocate(4L * height, 0);
      long h = height;
      long c = classes;
      device.launch(
          "lm4j_cross_entropy", rows(h, c), rowBlock(c), z, b, where, losses, h, c, ignore);
      assertClose("loss alone of " + name, loss, device.floats(losses), TOLERANCE);
      assertThat(device.floats(z)).as("logits of " + name).isEqualTo(logits);

      long stride = (c + 7) / 8 * 8;
      Buffer copy = biased ? device.allocate(2 * h * stride, 2 * shift) : Buffer.NONE;
      Buffer fresh = device.allocate(4L * height, 0);
      device.launch(
          "lm4j_softmax_cross_entropy",
          2,
          rowBlock(c),
          z,
          b,
          copy,
          where,
          fresh,
          h,
          c,
          stride,
          ignore,
          device.doubles(0.25));
      float[] gradient = device.floats(z);
      assertClose("loss of " + name, loss, device.floats(fresh), TOLERANCE);
      assertClose("gradient of " + name, expected, gradient, TOLERANCE);
      if (biased) {
        assertCopied(gradient, device.shorts(copy), classes, (int) stride);
      }
    }
  }

  private static void assertCopied(float[] gradient, short[] copy, int classes, int stride) {
    for (int i = 0; i < gradient.length; i++) {
      float rounded = Float.intBitsToFloat(copy[i / classes * stride + i % classes] << 16);
      assertThat(Math.abs((double) rounded - gradient[i]))
          .as("copy of element " + i)
          .isLessThanOrEqualTo(Math.abs((double) gradient[i]) / 256);
    }
  }

  @Test
  void aTargetOutsideTheClassesIsDetected() throws Exception {
    try (FakeDriver device = new FakeDriver()) {
      Buffer z = device.floats(0, numbers.uniform(3 * 5));
      Buffer loss = device.allocate(4 * 3, 0);
      Buffer targets = device.ints(5, 1, -2);
      device.launch("lm4j_cross_entropy", 1, 128, z, Buffer.NONE, targets, loss, 3L, 5L, -1);
      float[] losses = device.floats(loss);
      assertThat(losses[0]).isNaN();
      assertThat(losses[1]).isFinite();
      assertThat(losses[2]).isNaN();
    }
  }

  // --- Hinge ------------------------------------------------------------------------------------

  @Test
  void hingeOfRowsOfAllSizes() throws Exception {
    for (int classes : new int[] {1, 2, 3, 5, 31, 65, 128, 1023, 1024, 1025, 3001, 20_003}) {
      for (int height : new int[] {1, 9}) {
        float[] scores = numbers.uniform(height * classes, -2, 2);
        hinge(scores, numbers.ids(height, classes), -1, classes % 4);
        hinge(scores, numbers.ids(height, classes), 0, 0);
      }
    }
  }

  /** A margin that is 0 violates nothing, one that a float would round to 0 does. */
  @Test
  void hingeAtTheMargin() throws Exception {
    hinge(new float[] {1, 2, 0, 1 + 0x1p-23f, 1 - 0x1p-24f}, new int[] {1}, -1, 0);
    hinge(new float[] {0, 1, 0x1p-40f, -0x1p-40f}, new int[] {1}, -1, 0);
  }

  @Test
  void hingeOfValuesThatAreNotFinite() throws Exception {
    for (int classes : new int[] {40, 1500}) {
      for (float special : new float[] {Float.NaN, INF, -INF}) {
        float[] scores = numbers.uniform(3 * classes, -2, 2);
        scores[classes + 7] = special;
        hinge(scores, new int[] {1, 2, 3}, -1, 0);
        hinge(scores, new int[] {1, 7, 3}, -1, 0);
        hinge(scores, new int[] {1, 7, 3}, 7, 0);
      }
    }
  }

  private static void hinge(float[] scores, int[] targets, int ignore, int shift) throws Exception {
    long height = targets.length;
    long classes = scores.length / height;
    String name = "%dx%d shifted by %d".formatted(height, classes, shift);
    Tensor expected = reference(scores, (int) height, (int) classes);
    Tensor loss = ORACLE.allocate((int) height);
    ORACLE.hinge(expected, reference(targets), ignore, 0.25, loss);
    try (FakeDriver device = new FakeDriver()) {
      Buffer s = device.floats(shift, scores);
      Buffer where = device.ints(targets);
      Buffer losses = device.allocate(4 * height, 0);
      device.launch(
          "lm4j_hinge",
          rows(height, classes),
          rowBlock(classes),
          s,
          where,
          losses,
          height,
          classes,
          ignore,
          device.doubles(0.25));
      assertClose("hinge loss of " + name, loss, device.floats(losses), 1e-7);
      assertClose("hinge gradient of " + name, expected, device.floats(s), 0);
    }
  }

  @Test
  void aHingeTargetOutsideTheClassesIsDetected() throws Exception {
    try (FakeDriver device = new FakeDriver()) {
      Buffer s = device.floats(0, numbers.uniform(3 * 5));
      Buffer loss = device.allocate(4 * 3, 0);
      Buffer targets = device.ints(5, 1, -2);
      Buffer scale = device.doubles(1);
      device.launch("lm4j_hinge", 1, 128, s, targets, loss, 3L, 5L, -1, scale);
      float[] losses = device.floats(loss);
      assertThat(losses[0]).isNaN();
      assertThat(losses[1]).isFinite();
      assertThat(losses[2]).isNaN();
    }
  }
}
