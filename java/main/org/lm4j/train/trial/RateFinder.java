package org.lm4j.train.trial;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import org.lm4j.train.Recipe;
import org.lm4j.train.TrainingTask;

/**
 * The range test of learning rates: Smith, "Cyclical Learning Rates for Training Neural Networks"
 * (arXiv 1506.01186, 2015), section 3.3. The rate grows exponentially from step to step, from one
 * that is far too small, until the loss diverges. The rate with the lowest loss is then about the
 * largest that a training survives; a tenth of it is suggested.
 *
 * <p>The same task, recipe and range give the same result.
 */
public final class RateFinder {
  /** The part of the rate with the lowest loss that is suggested. */
  public static final double SUGGESTED = 0.1;

  private static final int AROUND = 5; // losses on each side, of whose mean a point is
  private static final double KEPT = 0.9; // of the running mean that finds a divergence
  private static final double LEAST_RISE = 0.1; // of the first loss

  private RateFinder() {}

  /**
   * The rates to try.
   *
   * @param low the first
   * @param high the last, unless the loss diverges before
   * @param steps from the first to the last
   */
  public record Range(double low, double high, int steps) {
    /** The steps of the usual range. */
    public static final int STEPS = 240;

    private static final double BELOW = 1e-3;
    private static final double ABOVE = 1e3;

    /**
     * Checks the range.
     *
     * @throws IllegalArgumentException if it is empty
     */
    public Range {
      if (!(low > 0 && high > low && high < Float.MAX_VALUE) || steps < 2) {
        throw new IllegalArgumentException(
            "rates must lie between a first above 0 and a larger last, in at least 2 steps");
      }
    }

    /** Returns three powers of ten on each side of the optimizer's default. */
    public static Range around(String optimizer) {
      double usual = Recipe.OptimizerChoice.defaultLearningRate(optimizer);
      return new Range(usual * BELOW, usual * ABOVE, STEPS);
    }

    /** Returns the rate of a step, counted from 0. */
    public double rate(int step) {
      return low * Math.pow(high / low, (double) step / (steps - 1));
    }
  }

  /**
   * A step of the test.
   *
   * @param rate its learning rate
   * @param loss its mean loss, before the weights change
   * @param smooth the mean of the losses of the steps around it
   */
  public record Point(double rate, double loss, double smooth) {}

  /**
   * The result of a test.
   *
   * @param points the steps with finite losses, in order
   * @param diverged whether the test ended because the loss diverged
   */
  public record Result(List<Point> points, boolean diverged) {
    /** Copies the list. */
    public Result {
      points = List.copyOf(points);
    }

    /** Returns the rate at which the smooth loss is lowest; empty if the loss never fell. */
    public OptionalDouble lowest() {
      int lowest = indexOfLowest();
      return lowest <= 0 ? OptionalDouble.empty() : OptionalDouble.of(points.get(lowest).rate());
    }

    /**
     * Returns the rate at which the smooth loss falls most steeply against the logarithm of the
     * rate; empty if it never fell.
     */
    public OptionalDouble steepest() {
      int lowest = indexOfLowest();
      int found = -1;
      double least = 0;
      for (int i = 1; i < lowest; i++) {
        double slope = points.get(i + 1).smooth() - points.get(i - 1).smooth();
        if (slope < least) {
          least = slope;
          found = i;
        }
      }
      return found < 0 ? OptionalDouble.empty() : OptionalDouble.of(points.get(found).rate());
    }

    /** Returns the rate to train with; empty if the loss never fell. */
    public OptionalDouble suggestion() {
      OptionalDouble lowest = lowest();
      return lowest.isEmpty()
          ? lowest
          : OptionalDouble.of(twoDigits(SUGGESTED * lowest.getAsDouble()));
    }

    private int indexOfLowest() {
      int lowest = -1;
      for (int i = 0; i < points.size(); i++) {
        if (lowest < 0 || points.get(i).smooth() < points.get(lowest).smooth()) {
          lowest = i;
        }
      }
      return lowest;
    }

    private static double twoDigits(double value) {
      double unit = Math.pow(10, Math.floor(Math.log10(value)) - 1);
      return unit < 1 // a division by a power of ten that is a whole number is exact to the digit
          ? Math.rint(value / unit) / Math.rint(1 / unit)
          : Math.rint(value / unit) * unit;
    }
  }

  /**
   * Runs the test.
   *
   * @param task in its initial state; its weights are spoilt afterwards
   * @param recipe with the optimizer, its clipping and its seed; its rate and schedule do not count
   * @param progress receives the number of steps made, after each
   */
  public static Result run(
      TrainingTask task, Recipe recipe, Range range, Consumer<Integer> progress) {
    List<Double> losses = new ArrayList<>();
    boolean diverged = false;
    try (TrialSteps steps = new TrialSteps(task, recipe)) {
      Divergence divergence = new Divergence();
      for (int i = 0; i < range.steps() && !diverged; i++) {
        steps.step(range.rate(i));
        double loss = steps.loss();
        diverged = divergence.isReached(loss);
        if (Double.isFinite(loss)) {
          losses.add(loss);
        }
        progress.accept(i + 1);
      }
    }
    List<Point> points = new ArrayList<>();
    for (int i = 0; i < losses.size(); i++) {
      points.add(new Point(range.rate(i), losses.get(i), around(losses, i)));
    }
    return new Result(points, diverged);
  }

  /** Returns the mean of the losses around a step, as many on each side. */
  private static double around(List<Double> losses, int at) {
    int side = Math.min(AROUND, Math.min(at, losses.size() - 1 - at));
    return losses.subList(at - side, at + side + 1).stream()
        .mapToDouble(loss -> loss)
        .average()
        .orElseThrow();
  }

  /**
   * Finds out where a loss diverges: it is not finite, or its running mean is above the first loss
   * by half of what it had fallen below it.
   */
  private static final class Divergence {
    private double sum;
    private double weight;
    private double first = Double.NaN;
    private double best = Double.POSITIVE_INFINITY;

    boolean isReached(double loss) {
      if (!Double.isFinite(loss)) {
        return true;
      }
      sum = KEPT * sum + (1 - KEPT) * loss;
      weight = KEPT * weight + (1 - KEPT);
      double mean = sum / weight;
      first = Double.isNaN(first) ? mean : first;
      best = Math.min(best, mean);
      return mean > first + Math.max(0.5 * (first - best), LEAST_RISE * Math.abs(first));
    }
  }
}
