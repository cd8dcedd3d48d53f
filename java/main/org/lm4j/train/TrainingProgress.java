package org.lm4j.train;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The progress of a run; together with weights, moments and states it is all that resuming needs.
 *
 * @param step optimizer steps done
 * @param seconds spent in training
 * @param trainingHash of the training tokens
 * @param validationLosses so far, oldest first
 * @param intervalLoss sum of the losses since the last log line
 * @param intervalTokens targets since the last log line
 * @param validationHash of the data held out; null where there are none, or the run is from before
 *     this was kept
 */
public record TrainingProgress(
    long step,
    double seconds,
    String trainingHash,
    List<Double> validationLosses,
    double intervalLoss,
    long intervalTokens,
    @Nullable String validationHash) { // as flat as the file
  /**
   * Copies the list.
   *
   * @throws IllegalArgumentException if a count is negative or a number not finite
   */
  public TrainingProgress {
    if (step < 0 || intervalTokens < 0 || !(seconds >= 0)) {
      throw new IllegalArgumentException("steps, seconds and tokens must not be negative");
    }
    if (!Double.isFinite(intervalLoss)
        || !validationLosses.stream().allMatch(loss -> Double.isFinite(loss))) {
      throw new IllegalArgumentException("losses must be finite");
    }
    validationLosses = List.copyOf(validationLosses);
  }

  /** Returns a run not yet begun. */
  public static TrainingProgress start(String trainingHash) {
    return new TrainingProgress(0, 0, trainingHash, List.of(), 0, 0, null);
  }

  /** Returns a copy without validations. */
  TrainingProgress withoutValidations() {
    return new TrainingProgress(
        step, seconds, trainingHash, List.of(), intervalLoss, intervalTokens, validationHash);
  }

  /** Returns whether the last validation was better than all before it. */
  public boolean lastIsBest() {
    if (validationLosses.isEmpty()) {
      return false;
    }
    int last = validationLosses.size() - 1;
    double loss = validationLosses.get(last);
    return validationLosses.subList(0, last).stream().allMatch(earlier -> loss < earlier);
  }
}
