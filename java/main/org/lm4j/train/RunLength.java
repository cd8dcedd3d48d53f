package org.lm4j.train;

import org.jspecify.annotations.Nullable;

/**
 * The length of a run, which ends at the first limit reached. It is not part of the recipe, so that
 * a finished run can be continued.
 *
 * @param epochs passes over the corpus, or null
 * @param steps optimizer steps, or null
 * @param seconds of training, earlier runs of a continued training included, or null
 */
public record RunLength(@Nullable Double epochs, @Nullable Long steps, @Nullable Double seconds) {
  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if there is no limit, or one is not above zero
   */
  public RunLength {
    if (epochs == null && steps == null && seconds == null) {
      throw new IllegalArgumentException("a run needs a limit: epochs, steps or seconds");
    }
    if ((epochs != null && !(epochs > 0))
        || (steps != null && steps < 1)
        || (seconds != null && !(seconds > 0))) {
      throw new IllegalArgumentException("epochs, steps and seconds of a run must be above 0");
    }
  }

  /** Returns how many steps the run has at most; {@code Long.MAX_VALUE} if only time limits it. */
  public long totalSteps(long windowsPerEpoch) {
    long total = steps == null ? Long.MAX_VALUE : steps;
    if (epochs != null) {
      total = Math.min(total, (long) Math.ceil(epochs * windowsPerEpoch - 1e-9));
    }
    return total;
  }

  /** Returns how much of the run is done, in [0, 1]. */
  public double fraction(long step, double elapsed, long windowsPerEpoch) {
    double byTime = seconds == null ? 0 : elapsed / seconds;
    long total = totalSteps(windowsPerEpoch);
    double bySteps = total == Long.MAX_VALUE ? 0 : (double) step / Math.max(1, total);
    return Math.min(1, Math.max(byTime, bySteps));
  }

  /** Returns how far the run has come. */
  TrainingListener.Position position(long step, double elapsed, long windowsPerEpoch) {
    double epoch = (double) step / windowsPerEpoch;
    return new TrainingListener.Position(step, epoch, fraction(step, elapsed, windowsPerEpoch));
  }

  /** Returns whether the run is over. */
  public boolean over(long step, double elapsed, long windowsPerEpoch) {
    return step >= totalSteps(windowsPerEpoch) || (seconds != null && elapsed >= seconds);
  }
}
