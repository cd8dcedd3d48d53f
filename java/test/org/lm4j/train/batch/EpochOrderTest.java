package org.lm4j.train.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EpochOrderTest {
  @Test
  void everyExampleComesOnceAndEpochsDiffer() {
    for (boolean sorted : new boolean[] {false, true}) {
      int[][] first = EpochOrder.batches(1003, 10, i -> sorted ? i % 7 : 1, 5, 0);
      int[][] second = EpochOrder.batches(1003, 10, i -> sorted ? i % 7 : 1, 5, 1);
      assertThat(first.length).isEqualTo(101);
      assertThat(Arrays.stream(first).flatMapToInt(Arrays::stream).sorted().toArray())
          .isEqualTo(IntStream.range(0, 1003).toArray());
      assertThat(first).isNotEqualTo(second);
      assertThat(first).isEqualTo(EpochOrder.batches(1003, 10, i -> sorted ? i % 7 : 1, 5, 0));
    }
  }

  @Test
  void batchesHaveExamplesOfSimilarLengthAndAreShuffled() {
    int[][] batches = EpochOrder.batches(1000, 10, i -> i % 40, 5, 0);
    int padded = 0;
    int inOrder = 0;
    int before = -1;
    for (int[] batch : batches) {
      int longest = Arrays.stream(batch).map(i -> i % 40).max().orElseThrow();
      padded += Arrays.stream(batch).map(i -> longest - i % 40).sum();
      inOrder += longest >= before ? 1 : 0;
      before = longest;
    }
    assertThat(padded).isLessThan(2000); // shuffled without sorting about 17,000
    assertThat(inOrder).isBetween(30, 70); // of 100: no order is left
  }
}
