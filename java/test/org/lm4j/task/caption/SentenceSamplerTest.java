package org.lm4j.task.caption;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.lm4j.decode.BeamSearch;
import org.lm4j.decode.NextTokenLogits;
import org.lm4j.decode.SamplingOptions;
import org.lm4j.decode.SentenceSampler;

class SentenceSamplerTest {
  private static final int START = 0;
  private static final int END = 1;
  private static final int V = 4;
  private static final int LENGTH = 5;

  /** Expects the same regardless of what was read. */
  private record Constant(int rows, List<Double> expected) implements NextTokenLogits {
    @Override
    public int vocabulary() {
      return V;
    }

    @Override
    public void read(int[] tokens, double[] logits) {
      assertThat(tokens).hasSize(rows);
      for (int i = 0; i < logits.length; i++) {
        logits[i] = expected.get(i % V);
      }
    }

    @Override
    public void select(int[] from) {
      throw new AssertionError("nothing is selected");
    }
  }

  private static List<BeamSearch.Found> sample(
      double temperature, long seed, int rows, Double... logits) {
    BeamSearch.Options options = new BeamSearch.Options(1, LENGTH, 0, START, END, List.of(START));
    return new SentenceSampler(new SamplingOptions(temperature, 0, 1, false), options)
        .sample(new Constant(rows, Arrays.asList(logits)), seed, 0);
  }

  @Test
  void drawsAsOftenAsIsExpected() {
    int rows = 4000;
    int ended = 0;
    Set<List<Integer>> different = new HashSet<>();
    for (BeamSearch.Found found : sample(1, 3, rows, 9.0, Math.log(0.5), 0.0, Math.log(0.5))) {
      assertThat(found.tokens()).doesNotContain(START, END).hasSizeLessThanOrEqualTo(LENGTH);
      assertThat(found.ended() || found.tokens().size() == LENGTH).isTrue();
      ended += found.ended() && found.tokens().isEmpty() ? 1 : 0;
      different.add(found.tokens());
    }
    // The end comes first in a quarter of all; 5 standard deviations are 137.
    assertThat(Math.abs(ended - rows / 4)).isLessThan(137);
    assertThat(different).hasSizeGreaterThan(20);
  }

  @Test
  void theSameSeedDrawsTheSame() {
    assertThat(sample(1, 7, 5, 0.0, 0.0, 1.0, 1.0)).isEqualTo(sample(1, 7, 5, 0.0, 0.0, 1.0, 1.0));
    assertThat(sample(1, 7, 5, 0.0, 0.0, 1.0, 1.0))
        .isNotEqualTo(sample(1, 8, 5, 0.0, 0.0, 1.0, 1.0));
  }

  @Test
  void returnsTheProbabilityOfTheDraw() {
    BeamSearch.Found found = sample(0.01, 1, 1, 0.0, 3.0, 1.0, 2.0).getFirst();
    assertThat(found.tokens()).isEmpty();
    assertThat(found.ended()).isTrue();
    double sum = Math.exp(0) + Math.exp(3) + Math.exp(1) + Math.exp(2);
    assertThat(Math.abs(found.logProbability() - (3 - Math.log(sum)))).isLessThan(1e-12);
    BeamSearch.Found cut = sample(0.01, 1, 1, 0.0, 1.0, 9.0, 2.0).getFirst();
    assertThat(cut.tokens()).containsExactly(2, 2, 2, 2, 2);
    assertThat(cut.ended()).isFalse();
  }

  @Test
  void eachRowPenalizesItsOwnTokens() {
    BeamSearch.Options options = new BeamSearch.Options(1, LENGTH, 0, START, END, List.of(START));
    SamplingOptions penalty = new SamplingOptions(1, 0, 1, 0, 2, true);
    List<BeamSearch.Found> found =
        new SentenceSampler(penalty, options)
            .sample(new Constant(2, List.of(0.0, -9.0, 1.0, 0.9)), 1, 0);
    for (BeamSearch.Found each : found) { // after token 3 both are halved
      assertThat(each.tokens()).containsExactly(2, 3, 2, 2, 2);
      double sum = Math.exp(0) + Math.exp(-9) + Math.exp(1) + Math.exp(0.9);
      assertThat(each.logProbability()).isCloseTo(4.9 - 5 * Math.log(sum), within(1e-12));
    }
  }
}
