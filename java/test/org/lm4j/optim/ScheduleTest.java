package org.lm4j.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every schedule against factors computed by hand. */
class ScheduleTest {
  private static double atEpoch(Schedule schedule, long epoch) {
    return schedule.factor(new Progress(epoch * 100, epoch, 0, List.of()));
  }

  private static double atFraction(Schedule schedule, double fraction) {
    return schedule.factor(new Progress(7, 1, fraction, List.of()));
  }

  private static double after(Schedule schedule, Double... losses) {
    return schedule.factor(new Progress(7, 1, 0.5, List.of(losses)));
  }

  private static void assertFactor(double found, double expected) {
    assertThat(found).isCloseTo(expected, within(1e-15));
  }

  @Test
  void constantIsAlwaysOne() {
    Schedule schedule = new Schedule.Constant();
    assertThat(atEpoch(schedule, 0)).isEqualTo(1);
    assertThat(atEpoch(schedule, 1_000_000)).isEqualTo(1);
    assertThat(after(schedule, 1.0, 2.0)).isEqualTo(1);
  }

  /** {@code torch.optim.lr_scheduler.StepLR(step_size=2, gamma=0.1)}. */
  @ParameterizedTest
  @CsvSource({"0, 1", "1, 1", "2, 0.1", "3, 0.1", "4, 0.01", "5, 0.01", "6, 0.001"})
  void stepDecaysAsStepLr(long epoch, double factor) {
    assertFactor(atEpoch(new Schedule.Step(0.1, 2, 2), epoch), factor);
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "2, 1", "3, 0.5", "4, 0.5", "5, 0.25", "6, 0.25", "7, 0.125"})
  void stepDecaysFirstAfterTheGivenEpochs(long epoch, double factor) {
    assertFactor(atEpoch(new Schedule.Step(0.5, 2, 3), epoch), factor);
  }

  /** The medium model of Zaremba et al. divides by 1.2 after each epoch from the sixth. */
  @Test
  void stepDecaysEveryEpochAsZaremba() {
    Schedule schedule = new Schedule.Step(1 / 1.2, 1, 6);
    assertFactor(atEpoch(schedule, 5), 1);
    assertFactor(atEpoch(schedule, 6), 0.8333333333333334);
    assertFactor(atEpoch(schedule, 7), 0.6944444444444444);
    assertFactor(atEpoch(schedule, 8), 0.5787037037037037);
  }

  @Test
  void plateauWithoutPatienceDecaysAtEachValidationThatIsNotTheBest() {
    Schedule schedule = new Schedule.Plateau(0.25, 0);
    assertThat(after(schedule)).isEqualTo(1);
    assertThat(after(schedule, 5.0)).isEqualTo(1);
    assertThat(after(schedule, 5.0, 4.0)).isEqualTo(1);
    assertThat(after(schedule, 5.0, 4.0, 4.5)).isEqualTo(0.25);
    assertThat(after(schedule, 5.0, 4.0, 4.5, 4.2)).isEqualTo(0.0625); // better than the last only
    assertThat(after(schedule, 5.0, 4.0, 4.5, 4.2, 3.9)).isEqualTo(0.0625);
    assertThat(after(schedule, 4.0, 4.0)).as("equal is not better").isEqualTo(0.25);
  }

  @Test
  void plateauToleratesAsManyValidationsAsItsPatience() {
    Schedule schedule = new Schedule.Plateau(0.5, 1);
    assertThat(after(schedule, 5.0, 4.0, 4.5)).isEqualTo(1);
    assertThat(after(schedule, 5.0, 4.0, 4.5, 4.5)).isEqualTo(0.5);
    assertThat(after(schedule, 5.0, 4.0, 4.5, 4.5, 4.5)).as("counted anew").isEqualTo(0.5);
    assertThat(after(schedule, 5.0, 4.0, 4.5, 4.5, 4.5, 4.5)).isEqualTo(0.25);
    assertThat(after(schedule, 5.0, 4.0, 4.5, 3.0, 3.5)).as("a best one resets").isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1",
    "0.25, 0.8535533905932737",
    "0.3333333333333333, 0.75",
    "0.5, 0.5",
    "0.6666666666666666, 0.25",
    "1, 0",
    "1.5, 0",
    "-1, 1"
  })
  void cosineFallsFromOneToZero(double fraction, double factor) {
    assertFactor(atFraction(new Schedule.Cosine(0), fraction), factor);
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "0.5, 0.55", "1, 0.1", "2, 0.1"})
  void cosineFallsToItsFloor(double fraction, double factor) {
    assertFactor(atFraction(new Schedule.Cosine(0.1), fraction), factor);
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "0.25, 0.75", "0.9, 0.1", "0.9999, 0.001", "1, 0.001", "3, 0.001", "-1, 1"})
  void linearFallsToItsFloor(double fraction, double factor) {
    assertFactor(atFraction(new Schedule.Linear(0.001), fraction), factor);
  }

  @ParameterizedTest
  @CsvSource({"0, 0.25", "1, 0.5", "2, 0.75", "3, 1", "4, 1", "1000, 1"})
  void warmUpRisesLinearlyOverItsSteps(long step, double factor) {
    Schedule schedule = new Schedule.WarmUp(4, new Schedule.Constant());
    assertThat(schedule.factor(new Progress(step, 0, 0, List.of()))).isEqualTo(factor);
  }

  @Test
  void warmUpMultipliesWhatFollows() {
    Schedule schedule = new Schedule.WarmUp(4, new Schedule.Cosine(0));
    assertFactor(schedule.factor(new Progress(1, 0, 0.5, List.of())), 0.25);
    assertFactor(schedule.factor(new Progress(9, 0, 0.5, List.of())), 0.5);
  }

  @Test
  void progressKeepsItsOwnLosses() {
    List<Double> losses = new java.util.ArrayList<>(List.of(1.0));
    Progress progress = new Progress(0, 0, 0, losses);
    losses.add(2.0);
    assertThat(progress.validationLosses()).containsExactly(1.0);
  }
}
