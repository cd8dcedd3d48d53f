package org.lm4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.InputException;
import org.lm4j.compute.update.UpdateRule;
import org.lm4j.optim.Clipping;
import org.lm4j.optim.Schedule;

class RecipeTest {
  private static final Recipe.OptimizerChoice ADAM = optimizer("adam", 2e-3, 0.9, 0);
  private static final Recipe.ScheduleChoice CONSTANT = schedule("constant", 0);
  private static final Recipe.ClipChoice CLIP = new Recipe.ClipChoice(5, 0);
  private static final Recipe SAVED = new Recipe(4, 20, ADAM, CONSTANT, CLIP, 1);

  private static Recipe.OptimizerChoice optimizer(
      String name, double rate, double momentum, double decay) {
    return new Recipe.OptimizerChoice(name, rate, momentum, decay);
  }

  private static Recipe.ScheduleChoice schedule(String name, long warmup) {
    return new Recipe.ScheduleChoice(name, 0.5, 2, 3, 4, warmup);
  }

  private static Recipe with(Recipe.OptimizerChoice optimizer) {
    return new Recipe(4, 20, optimizer, CONSTANT, CLIP, 1);
  }

  @Test
  void ratesLimitsAndScheduleMayChangeWhenARunContinues() {
    assertThat(SAVED.continues(SAVED)).isTrue();
    assertThat(with(optimizer("adam", 1e-4, 0.9, 0)).continues(SAVED)).as("rate").isTrue();
    assertThat(with(optimizer("adam", 2e-3, 0.9, 0.1)).continues(SAVED)).as("decay").isTrue();
    assertThat(with(optimizer("adam", 2e-3, 0.5, 0)).continues(SAVED)).as("unused").isTrue();
    Recipe.ScheduleChoice cosine = schedule("cosine", 100);
    assertThat(new Recipe(4, 20, ADAM, cosine, CLIP, 1).continues(SAVED)).as("schedule").isTrue();
    Recipe.ClipChoice other = new Recipe.ClipChoice(0, 1);
    assertThat(new Recipe(4, 20, ADAM, CONSTANT, other, 1).continues(SAVED)).as("clip").isTrue();
  }

  @Test
  void whatStateAndMomentsWereMadeForMayNotChange() {
    assertThat(new Recipe(5, 20, ADAM, CONSTANT, CLIP, 1).continues(SAVED)).as("batch").isFalse();
    assertThat(new Recipe(4, 21, ADAM, CONSTANT, CLIP, 1).continues(SAVED)).as("bptt").isFalse();
    assertThat(new Recipe(4, 20, ADAM, CONSTANT, CLIP, 2).continues(SAVED)).as("seed").isFalse();
    assertThat(with(optimizer("adamw", 2e-3, 0.9, 0)).continues(SAVED)).as("rule").isFalse();
    Recipe momentum = with(optimizer("momentum", 1, 0.9, 0));
    Recipe withoutMoments = with(optimizer("momentum", 1, 0, 0));
    assertThat(momentum.continues(withoutMoments)).as("moments").isFalse();
    assertThat(withoutMoments.continues(momentum)).as("moments").isFalse();
    assertThat(momentum.continues(with(optimizer("momentum", 1, 0.5, 0)))).isTrue();
  }

  @Test
  void namesChooseUpdateRules() {
    assertThat(optimizer("sgd", 1, 0.9, 0.1).rule()).isEqualTo(new UpdateRule.Sgd(0, false, 0.1));
    assertThat(optimizer("momentum", 1, 0.9, 0.1).rule())
        .isEqualTo(new UpdateRule.Sgd(0.9, false, 0.1));
    assertThat(optimizer("nesterov", 1, 0.9, 0.1).rule())
        .isEqualTo(new UpdateRule.Sgd(0.9, true, 0.1));
    assertThat(optimizer("rmsprop", 1, 0, 0.1).rule())
        .isEqualTo(new UpdateRule.RmsProp(0.99, 1e-8, 0.1));
    assertThat(optimizer("adagrad", 1, 0, 0.1).rule())
        .isEqualTo(new UpdateRule.AdaGrad(1e-10, 0.1));
    assertThat(optimizer("adam", 1, 0, 0.1).rule())
        .isEqualTo(new UpdateRule.Adam(0.9, 0.999, 1e-8, 0.1, false));
    assertThat(optimizer("adamw", 1, 0, 0.1).rule())
        .isEqualTo(new UpdateRule.Adam(0.9, 0.999, 1e-8, 0.1, true));
  }

  @Test
  void namesChooseSchedules() {
    assertThat(schedule("constant", 0).schedule()).isEqualTo(new Schedule.Constant());
    assertThat(schedule("step", 0).schedule()).isEqualTo(new Schedule.Step(0.5, 2, 3));
    assertThat(schedule("plateau", 0).schedule()).isEqualTo(new Schedule.Plateau(0.5, 4));
    assertThat(schedule("cosine", 0).schedule()).isEqualTo(new Schedule.Cosine(0));
    assertThat(schedule("linear", 0).schedule()).isEqualTo(new Schedule.Linear(1e-4));
    assertThat(schedule("cosine", 9).schedule())
        .isEqualTo(new Schedule.WarmUp(9, new Schedule.Cosine(0)));
  }

  @Test
  void zeroMeansNoLimit() {
    assertThat(new Recipe.ClipChoice(0, 0).clipping()).isEqualTo(Clipping.NONE);
    assertThat(new Recipe.ClipChoice(5, 0).clipping())
        .isEqualTo(new Clipping(5, Double.POSITIVE_INFINITY));
    assertThat(new Recipe.ClipChoice(0, 2).clipping())
        .isEqualTo(new Clipping(Double.POSITIVE_INFINITY, 2));
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "1, 0", "1000001, 1", "1, 1000001", "100000, 100000"})
  void sizesOutsideTheirRangesAreRefused(int batch, int bptt) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Recipe(batch, bptt, ADAM, CONSTANT, CLIP, 1));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY, 1e-60, 1e60})
  void learningRatesOutsideFloat32AreRefused(double rate) {
    assertThatIllegalArgumentException().isThrownBy(() -> optimizer("adam", rate, 0, 0));
  }

  @Test
  void otherValuesOutsideTheirRangesAreRefused() {
    List<Runnable> wrong =
        List.of(
            () -> optimizer("adam", 1, 1, 0),
            () -> optimizer("adam", 1, -0.1, 0),
            () -> optimizer("adam", 1, Double.NaN, 0),
            () -> optimizer("adam", 1, 0, -0.1),
            () -> optimizer("adam", 1, 0, Double.NaN),
            () -> optimizer("lion", 1, 0, 0),
            () -> new Recipe.ScheduleChoice("constant", 0, 1, 0, 0, 0),
            () -> new Recipe.ScheduleChoice("constant", 1.1, 1, 0, 0, 0),
            () -> new Recipe.ScheduleChoice("constant", 1, 0, 0, 0, 0),
            () -> new Recipe.ScheduleChoice("constant", 1, 1, -1, 0, 0),
            () -> new Recipe.ScheduleChoice("constant", 1, 1, 0, -1, 0),
            () -> new Recipe.ScheduleChoice("constant", 1, 1, 0, 0, -1),
            () -> new Recipe.ScheduleChoice("sine", 1, 1, 0, 0, 0),
            () -> new Recipe.ClipChoice(-1, 0),
            () -> new Recipe.ClipChoice(0, Double.NaN));
    assertThat(wrong).allSatisfy(one -> assertThatIllegalArgumentException().isThrownBy(one::run));
  }

  @Test
  void frozenWeightsAreNotDecayed() {
    SAVED.requireNoDecay();
    assertThatThrownBy(() -> with(optimizer("adam", 1, 0, 0.1)).requireNoDecay())
        .isInstanceOf(InputException.class);
  }
}
