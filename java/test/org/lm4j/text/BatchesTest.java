package org.lm4j.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.InputException;
import org.lm4j.text.token.EvaluationBatches;
import org.lm4j.text.token.StreamBatches;
import org.lm4j.text.token.TokenFile;

class BatchesTest {
  private static final int IGNORE = -1;

  @TempDir Path folder;

  @Test
  void evaluationMakesEachTokenAfterTheFirstATargetExactlyOnce() {
    Random random = new Random(11);
    for (int trial = 0; trial < 200; trial++) {
      int n = 2 + random.nextInt(60);
      int batch = 1 + random.nextInt(9);
      int steps = 1 + random.nextInt(9);
      try (TokenFile tokens = counting(n)) {
        checkEachOnce(
            tokens,
            new EvaluationBatches(tokens, batch, steps, IGNORE),
            batch,
            "seed 11, trial " + trial);
      }
    }
  }

  private static void checkEachOnce(
      TokenFile tokens, EvaluationBatches batches, int batch, String where) {
    int[] scored = new int[(int) tokens.size()];
    int[] previous = new int[batch];
    for (long w = 0; w < batches.windows(); w++) {
      int steps = batches.stepsOf(w);
      int[] inputs = new int[steps * batch];
      int[] targets = new int[steps * batch];
      batches.fill(w, inputs, targets);
      for (int t = 0; t < steps; t++) {
        for (int b = 0; b < batch; b++) {
          int input = inputs[t * batch + b];
          int target = targets[t * batch + b];
          long index = batches.targetIndex(w, t, b);
          if (target == IGNORE) {
            assertThat(input).as(where).isZero();
            assertThat(index).as(where).isEqualTo(-1);
            continue;
          }
          scored[target]++;
          assertThat(index).as(where).isEqualTo(target);
          assertThat(input).as(where).isEqualTo(target - 1);
          if (w > 0 || t > 0) {
            assertThat(input).as(where + ": streams are contiguous").isEqualTo(previous[b]);
          }
          previous[b] = target;
        }
      }
    }
    assertThat(scored[0]).as(where).isZero();
    assertThat(IntStream.of(scored).skip(1)).as(where).allMatch(count -> count == 1);
  }

  @Test
  void evaluationWithOneStreamReadsTheTextInOrderWithoutPadding() {
    try (TokenFile tokens = counting(8)) {
      EvaluationBatches batches = new EvaluationBatches(tokens, 1, 4, IGNORE);
      int[] inputs = new int[4];
      int[] targets = new int[4];
      batches.fill(1, inputs, targets);
      assertThat(batches.windows()).isEqualTo(2);
      assertThat(batches.stepsOf(1)).isEqualTo(3);
      assertThat(IntStream.of(targets).limit(3)).containsExactly(5, 6, 7);
    }
  }

  @Test
  void trainingStreamsAreContiguousTimeMajorAndEquallyLong() {
    Random random = new Random(12);
    for (int trial = 0; trial < 200; trial++) {
      int batch = 1 + random.nextInt(9);
      int n = batch + 1 + random.nextInt(60);
      int steps = 1 + random.nextInt(9);
      String where = "seed 12, trial " + trial;
      try (TokenFile tokens = counting(n)) {
        StreamBatches batches = new StreamBatches(tokens, batch, steps);
        int length = (n - 1) / batch;
        int step = 0;
        for (long w = 0; w < batches.windows(); w++) {
          int count = batches.stepsOf(w);
          assertThat(count).as(where).isBetween(1, steps);
          int[] inputs = new int[count * batch];
          int[] targets = new int[count * batch];
          batches.fill(w, inputs, targets);
          for (int t = 0; t < count; t++, step++) {
            for (int b = 0; b < batch; b++) {
              assertThat(inputs[t * batch + b]).as(where).isEqualTo(b * length + step);
              assertThat(targets[t * batch + b]).as(where).isEqualTo(b * length + step + 1);
            }
          }
        }
        assertThat(step).as(where).isEqualTo(length);
        assertThat(batches.targets()).as(where).isEqualTo((long) length * batch);
      }
    }
  }

  @Test
  void tooShortATextSaysHowLongItIsAndWhatIsNeeded() {
    try (TokenFile tokens = counting(5)) {
      assertThatThrownBy(() -> new StreamBatches(tokens, 5, 3))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("has 5 tokens")
          .hasMessageContaining("batch 5 with bptt 3 needs at least 6");
    }
    try (TokenFile tokens = counting(1)) {
      assertThatThrownBy(() -> new EvaluationBatches(tokens, 1, 3, IGNORE))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("has 1 tokens; at least 2");
    }
  }

  @Test
  void arraysTooSmallForAWindowAreRefused() {
    try (TokenFile tokens = counting(50)) {
      StreamBatches batches = new StreamBatches(tokens, 2, 5);
      assertThatThrownBy(() -> batches.fill(0, new int[10], new int[9]))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  /** Tokens 0, 1, 2, … */
  private TokenFile counting(int n) {
    return TokenFile.open(
        TextFixtures.tokens(folder.resolve("count.tokens"), n, IntStream.range(0, n).toArray()));
  }
}
