package org.lm4j.train.trial;

import org.lm4j.train.Recipe;
import org.lm4j.train.TrainingTask;

/**
 * The speed of training, without validations.
 *
 * @param steps that were measured
 * @param secondsPerStep mean over these
 * @param perSecond how many of what is counted, as tokens, these went through in a second
 */
public record Pace(long steps, double secondsPerStep, double perSecond) {
  private static final double WARM_UP = 0.4; // part of the time in which nothing is measured

  /**
   * Measures the speed on the first steps of a run. The first part of the time is left out, in
   * which code is compiled and caches are filled.
   *
   * @param task in its initial state; its weights are different afterwards
   * @param seconds that this may take; longer only if two steps take longer
   */
  public static Pace measure(TrainingTask task, Recipe recipe, double seconds) {
    double rate = recipe.optimizer().learningRate();
    int together = task.backend().stepsPerReading();
    try (TrialSteps steps = new TrialSteps(task, recipe)) {
      long start = System.nanoTime();
      run(steps, rate, together, start, WARM_UP * seconds);
      long from = System.nanoTime();
      long before = steps.steps();
      long passed = steps.passed();
      run(steps, rate, together, start, seconds);
      double spent = (System.nanoTime() - from) / 1e9;
      long count = steps.steps() - before;
      return new Pace(count, spent / count, (steps.passed() - passed) / spent);
    }
  }

  /** Makes at least one step, and more until so much time has passed since {@code start}. */
  private static void run(TrialSteps steps, double rate, int together, long start, double seconds) {
    double spent;
    do {
      long before = steps.steps();
      do {
        steps.step(rate);
        spent = (System.nanoTime() - start) / 1e9;
      } while (steps.steps() - before < together && spent < seconds);
      steps.loss(); // waits for the device
      spent = (System.nanoTime() - start) / 1e9;
    } while (spent < seconds);
  }
}
