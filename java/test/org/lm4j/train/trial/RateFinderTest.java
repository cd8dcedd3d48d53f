package org.lm4j.train.trial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.compute.RandomKey;
import org.lm4j.tensor.Tensor;
import org.lm4j.train.OneWeight;
import org.lm4j.train.Recipe;
import org.lm4j.train.TrainingTask;
import org.lm4j.train.Unit;

/** The range test on the parabola {@code a/2 w²}, whose losses under SGD have a closed form. */
class RateFinderTest {
  private static final double A = 4; // SGD diverges at a rate above 2 / A

  private static Recipe recipe(String optimizer) {
    return Recipe.defaults().optimizer(optimizer).clip(0).recipe(defaults());
  }

  private static org.lm4j.train.TrainingDefaults defaults() {
    return org.lm4j.train.TrainingDefaults.LANGUAGE_MODEL;
  }

  private static RateFinder.Result run(String optimizer, RateFinder.Range range) {
    try (Parabola task = new Parabola(A)) {
      return RateFinder.run(task, recipe(optimizer), range, _ -> {});
    }
  }

  @Test
  void lossesOfSgdAreThoseOfTheClosedForm() {
    RateFinder.Range range = new RateFinder.Range(1e-3, 1e3, 120);
    RateFinder.Result result = run("sgd", range);
    double w = 1;
    for (int i = 0; i < result.points().size(); i++) {
      RateFinder.Point point = result.points().get(i);
      double rate = 1e-3 * Math.pow(10, 6.0 * i / 119);
      assertThat(point.rate()).isCloseTo(rate, within(1e-12 * rate));
      assertThat(point.loss()).isCloseTo(A / 2 * w * w, within(1e-12 * A * w * w));
      w *= 1 - rate * A;
    }
    assertThat(result.diverged()).isTrue();
  }

  /**
   * |w| shrinks as long as the rate is below 2 / A, so the losses, each of them from before its
   * step, are lowest at about 2 / A; the mean of eleven of them at the same place as here.
   */
  @Test
  void theSuggestionForAParabolaIsATenthOfTheLargestUsableRate() {
    RateFinder.Result result = run("sgd", new RateFinder.Range(1e-3, 1e3, 120));
    int count = result.points().size();
    double[] losses = new double[count];
    double w = 1;
    for (int i = 0; i < count; i++) {
      losses[i] = A / 2 * w * w;
      w *= 1 - A * 1e-3 * Math.pow(10, 6.0 * i / 119);
    }
    int best = -1;
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      int side = Math.min(5, Math.min(i, count - 1 - i));
      double mean = 0;
      for (int j = i - side; j <= i + side; j++) {
        mean += losses[j] / (2 * side + 1);
      }
      if (mean < least) {
        least = mean;
        best = i;
      }
    }
    double lowest = result.lowest().orElseThrow();
    assertThat(lowest).isEqualTo(result.points().get(best).rate());
    assertThat(lowest).isBetween(0.5 / 1.5, 0.5 * 1.5); // 2 / A = 0.5
    assertThat(result.suggestion().orElseThrow()).isCloseTo(lowest / 10, within(0.0005));
    assertThat(result.steepest().orElseThrow()).isLessThan(lowest);
  }

  @ParameterizedTest
  @ValueSource(strings = {"sgd", "momentum", "nesterov", "rmsprop", "adagrad", "adam", "adamw"})
  void everyOptimizerGetsARateThatTrains(String optimizer) {
    RateFinder.Result result = run(optimizer, RateFinder.Range.around(optimizer));
    double suggestion = result.suggestion().orElseThrow();
    try (Parabola task = new Parabola(A);
        TrialSteps steps = new TrialSteps(task, recipe(optimizer))) {
      steps.step(suggestion);
      double before = steps.loss();
      for (int i = 0; i < 300; i++) {
        steps.step(suggestion);
      }
      assertThat(steps.loss()).as("rate %s", suggestion).isLessThan(before / 10);
    }
    assertThat(run(optimizer, RateFinder.Range.around(optimizer))).isEqualTo(result);
  }

  @Test
  void aLossThatNeverFallsGetsNoSuggestion() {
    RateFinder.Result result = run("sgd", new RateFinder.Range(1, 1e3, 120)); // all above 2 / A
    assertThat(result.diverged()).isTrue();
    assertThat(result.suggestion()).isEmpty();
    assertThat(result.lowest()).isEmpty();
    assertThat(result.steepest()).isEmpty();
  }

  @Test
  void aRangeTooLowEndsWithoutDivergence() {
    RateFinder.Result result = run("sgd", new RateFinder.Range(1e-4, 1e-2, 50));
    assertThat(result.diverged()).isFalse();
    assertThat(result.points()).hasSize(50);
    assertThat(result.lowest().orElseThrow()).isCloseTo(1e-2, within(1e-12));
    assertThat(result.suggestion().orElseThrow()).isEqualTo(0.001);
  }

  /** One weight, from 1, with the loss {@code a/2 w²}, of one target. */
  private static final class Parabola extends OneWeight implements TrainingTask {
    private final double a;

    Parabola(double a) {
      this.a = a;
      weights().set(0, 1);
    }

    @Override
    public long stepsPerEpoch() {
      return 1;
    }

    @Override
    public String dataHash() {
      return "";
    }

    @Override
    public String dataName() {
      return "a parabola";
    }

    @Override
    public Unit counted() {
      return Unit.TOKENS;
    }

    @Override
    public int prepare(long step, RandomKey key) {
      return 1;
    }

    @Override
    public void compute(Tensor lossSum) {
      double w = weights().get(0);
      gradient().set(0, a * w);
      lossSum.set(0, a / 2 * w * w);
    }

    @Override
    public void advance() {}

    @Override
    public Map<String, Tensor> carried() {
      return Map.of();
    }

    @Override
    public boolean validates() {
      return false;
    }

    @Override
    public Validation validate() {
      throw new IllegalStateException();
    }

    @Override
    public @Nullable String validationHash() {
      return null;
    }

    @Override
    public void saveWeights(Path into, @Nullable String unfinished) {
      throw new IllegalStateException();
    }
  }
}
