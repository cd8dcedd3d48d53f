package org.lm4j.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.lm4j.InputException;

/** Tests the repetition penalty with values computed by hand. */
class RecentTokensTest {
  private static double[] penalized(RecentTokens tokens, double penalty) {
    double[] logits = {2, -2, 0.5, -1, 0};
    tokens.penalize(logits, penalty);
    return logits;
  }

  @Test
  void positiveLogitsAreDividedAndNegativeOnesMultipliedOnce() {
    RecentTokens tokens = new RecentTokens(-1);
    assertThat(penalized(tokens, 2)).containsExactly(2, -2, 0.5, -1, 0);
    tokens.addAll(new int[] {0, 1, 0, 4, 3}, 4);
    assertThat(penalized(tokens, 2)).containsExactly(1, -4, 0.5, -1, 0);
    assertThat(penalized(tokens, 0.5)).containsExactly(4, -1, 0.5, -1, 0);
    assertThat(penalized(tokens, 1)).containsExactly(2, -2, 0.5, -1, 0);
  }

  @Test
  void theWindowHasTheLastTokensAndTheLineEndIsExempt() {
    RecentTokens tokens = new RecentTokens(2);
    tokens.add(0);
    for (int i = 1; i < RecentTokens.WINDOW; i++) {
      tokens.add(2);
    }
    assertThat(penalized(tokens, 2)).containsExactly(1, -2, 0.5, -1, 0);
    tokens.add(3);
    assertThat(penalized(tokens, 2)).containsExactly(2, -2, 0.5, -2, 0);
    RecentTokens together = new RecentTokens(2);
    int[] many = new int[200];
    many[200 - RecentTokens.WINDOW] = 1;
    Arrays.fill(many, 200 - RecentTokens.WINDOW + 1, 200, 3);
    together.addAll(many, 200);
    assertThat(penalized(together, 2)).containsExactly(2, -4, 0.5, -2, 0);
  }

  @Test
  void penaltiesOutOfRangeAreRefusedAndWhatIsSampledDependsOnOne() {
    assertThatThrownBy(() -> new SamplingOptions(1, 0, 1, 0, 0.09, false))
        .isInstanceOf(InputException.class)
        .hasMessage("the repetition penalty must be from 0.1 to 10.0, but is 0.09");
    assertThatThrownBy(() -> Sampling.defaults().repetitionPenalty(Double.NaN))
        .isInstanceOf(InputException.class);
    assertThat(Sampling.defaults().repetitionPenalty(1.2).minP(0.1).options())
        .isEqualTo(new SamplingOptions(1, 0, 1, 0.1, 1.2, false));
    assertThat(new SamplingOptions(1, 0, 1, 0, 1.2, false).all()).isFalse();
  }
}
