package org.lm4j.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lm4j.train.Recipe;

/** Tests the line that describes a recipe. */
class TrainReporterTest {
  @ParameterizedTest
  @CsvSource({
    "0.002, 5, 0, 'adam 0.002, constant, clip 5, seed 1'",
    "0.0001, 0.25, 0, 'adam 0.0001, constant, clip 0.25, seed 1'",
    "5e-5, 0, 0, 'adam 5e-5, constant, no clipping, seed 1'",
    "1, 0, 2, 'adam 1, constant, clip values 2, seed 1'",
    "0.3, 5, 0.1, 'adam 0.3, constant, clip 5, clip values 0.1, seed 1'"
  })
  void aRecipeSaysWhetherAndHowGradientsAreClipped(
      double rate, double norm, double value, String expected) {
    Recipe recipe =
        new Recipe(
            4,
            20,
            new Recipe.OptimizerChoice("adam", rate, 0.9, 0),
            new Recipe.ScheduleChoice("constant", 0.5, 1, 1, 0, 0),
            new Recipe.ClipChoice(norm, value),
            1);
    assertThat(TrainReporter.describe(recipe, true)).isEqualTo("batch 4, bptt 20, " + expected);
    assertThat(TrainReporter.describe(recipe, false)).isEqualTo("batch 4, " + expected);
  }
}
