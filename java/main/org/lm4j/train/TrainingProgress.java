package org.lm4j.train;

import java.util.List;

/**
 * How far a run has come; with weights, moments and states all that is needed to go on.
 *
 * @param step optimizer steps done
 * @param seconds spent in training
 * @param trainingHash of the training tokens
 * @param validationLosses so far, oldest first
 * @param intervalLoss sum of the losses since the last log line
 * @param intervalTokens targets since the last log line
 */
public record TrainingProgress(
    long step,
    double seconds,
    String trainingHash,
    List<Double> validationLosses,
    double intervalLoss,
    long intervalTokens) {
  /** Keeps its own list. */
  public TrainingProgress {
    validationLosses = List.copyOf(validationLosses);
  }

  /** A run not yet begun. */
  public static TrainingProgress start(String trainingHash) {
    return new TrainingProgress(0, 0, trainingHash, List.of(), 0, 0);
  }

  /** Whether the last validation was better than all before it. */
  public boolean lastIsBest() {
    if (validationLosses.isEmpty()) {
      return false;
    }
    int last = validationLosses.size() - 1;
    double loss = validationLosses.get(last);
    return validationLosses.subList(0, last).stream().allMatch(earlier -> loss < earlier);
  }
}
