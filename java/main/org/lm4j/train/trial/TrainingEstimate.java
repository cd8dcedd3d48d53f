package org.lm4j.train.trial;

import org.jspecify.annotations.Nullable;
import org.lm4j.train.RunLength;

/**
 * What a training takes.
 *
 * @param memory on the device
 * @param stepsPerEpoch optimizer steps of one pass over the data
 * @param length planned
 * @param pace measured; null if it was not measured
 */
public record TrainingEstimate(
    MemoryEstimate memory, long stepsPerEpoch, RunLength length, @Nullable Pace pace) {

  /**
   * Estimates a training.
   *
   * @param seconds that measuring the speed may take; it is not measured if the training does not
   *     fit into memory
   */
  public static TrainingEstimate of(Trial<?> trial, double seconds) {
    MemoryEstimate memory = trial.memory();
    if (!memory.fits()) {
      return new TrainingEstimate(memory, 0, trial.plan().length(), null);
    }
    long perEpoch = trial.steps().stepsPerEpoch();
    Pace pace = Pace.measure(trial.steps(), trial.plan().recipe(), seconds);
    return new TrainingEstimate(memory, perEpoch, trial.plan().length(), pace);
  }

  /** Returns the seconds of an epoch, without validation; NaN if the speed is not known. */
  public double secondsPerEpoch() {
    return pace == null ? Double.NaN : pace.secondsPerStep() * stepsPerEpoch;
  }

  /** Returns the optimizer steps of the run; {@code Long.MAX_VALUE} if only time limits it. */
  public long steps() {
    return length.totalSteps(Math.max(1, stepsPerEpoch));
  }

  /** Returns the seconds of the run, without validation; NaN if the speed is not known. */
  public double secondsInAll() {
    Double limit = length.seconds();
    if (pace == null) {
      return Double.NaN;
    }
    double bySteps =
        steps() == Long.MAX_VALUE ? Double.POSITIVE_INFINITY : pace.secondsPerStep() * steps();
    return limit == null ? bySteps : Math.min(limit, bySteps);
  }
}
