package org.lm4j.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.lm4j.train.RunLength;
import org.lm4j.train.TrainingListener.Position;
import org.lm4j.train.TrainingListener.StepReport;

/** The forecast of the time, from steps of known lengths. */
class ForecastTest {
  /** Steps of 0.1 s after a slow first second of 0.5 s each, 1,000 tokens a step. */
  private static List<String> said(RunLength length, long perEpoch, long firstStep, double before) {
    Forecast forecast = new Forecast(length, perEpoch, "tokens");
    List<String> said = new ArrayList<>();
    double seconds = before;
    for (int i = 0; i < 60; i++) {
      seconds += i < 3 ? 0.5 : 0.1;
      StepReport report = new StepReport(new Position(firstStep + i, 0, 0), 1, 1, 1, 1000, seconds);
      String text = forecast.after(report);
      if (text != null) {
        said.add(text);
      }
    }
    return said;
  }

  /** 7,200 steps of 0.1 s an epoch: 12 minutes; 15 epochs and the slow beginning: three hours. */
  @Test
  void isMadeOnceFromStepsOfTheSpeedThatLasts() {
    assertThat(said(new RunLength(15.0, null, null), 7200, 1, 0))
        .containsExactly("time     about 12m00s per epoch at 10,000 tokens/s, 3h00m in all");
  }

  @Test
  void aLimitOfTimeOrStepsCounts() {
    assertThat(said(new RunLength(15.0, null, 600.0), 7200, 1, 0))
        .containsExactly("time     about 12m00s per epoch at 10,000 tokens/s, 10m00s in all");
    assertThat(said(new RunLength(null, 1200L, null), 600, 1, 0))
        .containsExactly("time     about 1m00s per epoch at 10,000 tokens/s, 2m01s in all");
  }

  /** Half of its steps are done, in 100 s. */
  @Test
  void ofAResumedRunAllRunsTogether() {
    assertThat(said(new RunLength(null, 2000L, null), 1000, 1001, 100))
        .containsExactly("time     about 1m40s per epoch at 10,000 tokens/s, 3m21s in all");
  }

  @Test
  void nothingIsSaidOfAShortRun() {
    assertThat(said(new RunLength(null, 500L, null), 100, 1, 0)).isEmpty();
  }
}
