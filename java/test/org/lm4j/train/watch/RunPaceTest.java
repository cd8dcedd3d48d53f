package org.lm4j.train.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.lm4j.train.RunLength;
import org.lm4j.train.TrainingListener.Position;
import org.lm4j.train.TrainingListener.StepReport;

class RunPaceTest {
  private static StepReport step(long step, double loss, int tokens, double seconds) {
    return new StepReport(
        new Position(step, step / 10.0, step / 20.0), loss, 0.1, 1, tokens, seconds);
  }

  @Test
  void theTimeLeftFollowsTheSpeed() {
    RunPace pace = new RunPace(new RunLength(2.0, null, null), 10, 0);
    assertThat(pace.secondsLeft()).isInfinite();
    pace.step(step(1, 4, 100, 3)); // what the first step took is unknown
    assertThat(pace.isKnown()).isFalse();
    assertThat(pace.loss()).isEqualTo(4);
    pace.step(step(2, 2, 100, 3.5));
    assertThat(pace.speed()).isEqualTo(200);
    assertThat(pace.secondsLeft()).as("18 steps of 100 tokens").isCloseTo(9, within(1e-12));
    assertThat(pace.loss()).isCloseTo(0.98 * 4 + 0.02 * 2, within(1e-12));
    pace.step(step(3, 2, 100, 7)); // 200 tokens in 4 seconds
    assertThat(pace.speed()).isEqualTo(50);
    assertThat(pace.secondsLeft()).isCloseTo(34, within(1e-12));
  }

  @Test
  void aLimitOfTimeCountsToo() {
    RunPace pace = new RunPace(new RunLength(2.0, null, 10.0), 10, 4);
    pace.step(step(5, 4, 100, 1));
    assertThat(pace.secondsLeft()).isEqualTo(9);
    pace.step(step(6, 4, 100, 2));
    assertThat(pace.secondsLeft()).isEqualTo(8);
    pace.step(step(7, 4, 100, 12));
    assertThat(pace.secondsLeft()).isZero();
  }

  @Test
  void timesAreWrittenForReading() {
    assertThat(RunPace.span(12.4)).isEqualTo("12s");
    assertThat(RunPace.span(185)).isEqualTo("3m05s");
    assertThat(RunPace.span(7800)).isEqualTo("2h10m");
    assertThat(RunPace.span(Double.POSITIVE_INFINITY)).isEqualTo("?");
  }
}
