package org.lm4j.task.lm.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.lm4j.metric.Bootstrap;

class LossIntervalTest {
  /** Independent losses: 1.96 standard errors to each side. */
  @Test
  void independentLossesHaveTheIntervalOfTheNormalApproximation() {
    Random random = new Random(1);
    int count = 50_000;
    LossInterval interval = new LossInterval(count + 1);
    double sum = 0;
    double squares = 0;
    for (int i = 1; i <= count; i++) {
      double loss = 4 + random.nextGaussian();
      interval.target(i, 0, loss);
      sum += loss;
      squares += loss * loss;
    }
    double mean = sum / count;
    double error = Math.sqrt((squares / count - mean * mean) / count);
    Bootstrap.Interval found = Objects.requireNonNull(interval.interval());
    assertThat(found.low()).isCloseTo(mean - 1.96 * error, within(0.25 * error));
    assertThat(found.high()).isCloseTo(mean + 1.96 * error, within(0.25 * error));
  }

  /** Losses that are equal in runs of 100 say as little as a hundredth of them. */
  @Test
  void neighboursThatAreAlikeWidenTheInterval() {
    Random random = new Random(1);
    LossInterval alike = new LossInterval(20_000);
    LossInterval mixed = new LossInterval(20_000);
    double[] losses = random.doubles(200).toArray();
    for (int i = 0; i < 20_000; i++) {
      alike.target(i, 0, losses[i / 100]);
      mixed.target(i, 0, losses[i % 200]);
    }
    assertThat(width(alike)).isGreaterThan(8 * width(mixed));
  }

  private static double width(LossInterval interval) {
    Bootstrap.Interval found = Objects.requireNonNull(interval.interval());
    return found.high() - found.low();
  }

  @Test
  void fewTargetsAndLossesThatAreNotFiniteHaveNone() {
    LossInterval few = new LossInterval(19);
    for (int i = 0; i < 19; i++) {
      few.target(i, 0, 1);
    }
    assertThat(few.interval()).isNull();
    LossInterval endless = new LossInterval(100);
    for (int i = 0; i < 100; i++) {
      endless.target(i, 0, i == 7 ? Double.POSITIVE_INFINITY : 1);
    }
    assertThat(endless.interval()).isNull();
  }
}
