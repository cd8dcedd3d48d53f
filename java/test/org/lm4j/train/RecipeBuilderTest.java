package org.lm4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.lm4j.InputException;
import org.lm4j.compute.update.UpdateRule;
import org.lm4j.optim.Schedule;

/** Recipes that programs build. */
class RecipeBuilderTest {
  private static final TrainingDefaults USUAL = TrainingDefaults.LANGUAGE_MODEL;

  @Test
  void whatIsNotSetIsTheDefaultOfTheCommandLine() {
    assertThat(Recipe.defaults().recipe(USUAL)).isEqualTo(USUAL.recipe());
    RunPlan plan = Recipe.defaults().plan(USUAL, null);
    assertThat(plan.length()).isEqualTo(USUAL.length());
    assertThat(plan.cadence()).isEqualTo(new Cadence(0, 20, 0));
    Recipe sgd = Recipe.defaults().optimizer("sgd").recipe(USUAL);
    assertThat(sgd.optimizer().learningRate()).isEqualTo(20);
    assertThat(sgd.clip().norm()).isEqualTo(0.25);
  }

  @Test
  void whatIsSetReplacesIt() {
    RecipeBuilder builder =
        Recipe.defaults()
            .batch(3)
            .bptt(7)
            .optimizer("nesterov")
            .learningRate(0.5)
            .momentum(0.8)
            .weightDecay(0.1)
            .schedule("step")
            .decay(0.3)
            .decayEpochs(6, 2)
            .warmup(11)
            .clip(1)
            .clipValue(2)
            .seed(9)
            .epochs(1.5)
            .steps(40)
            .time(Duration.ofSeconds(90))
            .validateEvery(5)
            .validationStreams(4)
            .checkpointEvery(8)
            .saveAt(1_000_000, 2_000_000);
    assertThat(builder.recipe(USUAL))
        .isEqualTo(
            new Recipe(
                3,
                7,
                new Recipe.OptimizerChoice("nesterov", 0.5, 0.8, 0.1),
                new Recipe.ScheduleChoice("step", 0.3, 2, 6, 0, 11),
                new Recipe.ClipChoice(1, 2),
                9));
    RunPlan plan = builder.plan(USUAL, null);
    assertThat(plan.length()).isEqualTo(new RunLength(1.5, 40L, 90.0));
    assertThat(plan.cadence()).isEqualTo(new Cadence(5, 4, 8, List.of(1_000_000L, 2_000_000L)));
  }

  @Test
  void updateRulesAreValues() {
    for (String name : List.of("sgd", "momentum", "nesterov", "rmsprop", "adagrad", "adamw")) {
      UpdateRule rule = new Recipe.OptimizerChoice(name, 1, 0.7, 0.2).rule();
      Recipe.OptimizerChoice choice = Recipe.defaults().optimizer(rule).recipe(USUAL).optimizer();
      assertThat(choice.name()).isEqualTo(name);
      assertThat(choice.rule()).isEqualTo(rule);
    }
    UpdateRule.Adam unusual = new UpdateRule.Adam(0.5, 0.999, 1e-8, 0, false);
    assertThatThrownBy(() -> Recipe.defaults().optimizer(unusual))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a checkpoint does not save");
  }

  @Test
  void aScheduleAsAValueHasNoNameToResumeBy() {
    Schedule own = progress -> 1 / (1.0 + progress.step());
    RecipeBuilder builder = Recipe.defaults().schedule(own);
    assertThat(builder.ownSchedule()).isSameAs(own);
    Recipe.ScheduleChoice choice = builder.recipe(USUAL).schedule();
    assertThatThrownBy(choice::schedule)
        .isInstanceOfSatisfying(
            InputException.class, e -> assertThat(e.parameters()).containsExactly("schedule"))
        .hasMessageContaining("give the same value again");
    assertThat(builder.schedule("cosine").ownSchedule()).isNull();
  }
}
