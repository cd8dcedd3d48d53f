package org.lm4j.train;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.OptionalDouble;
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
 * @param bestFrom number, from 0, of the first validation whose weights compete for the best ones:
 *     in a checkpoint that was kept of a validation those before it are not at hand; null for 0
 */
public record TrainingProgress(
    long step,
    double seconds,
    String trainingHash,
    List<Double> validationLosses,
    double intervalLoss,
    long intervalTokens,
    @Nullable String validationHash,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer bestFrom) { // as flat as the file
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
    if (bestFrom != null && (bestFrom < 0 || bestFrom > validationLosses.size())) {
      throw new IllegalArgumentException("there is no validation " + bestFrom);
    }
    validationLosses = List.copyOf(validationLosses);
  }

  /** Returns a run not yet begun. */
  public static TrainingProgress start(String trainingHash) {
    return new TrainingProgress(0, 0, trainingHash, List.of(), 0, 0, null, null);
  }

  /** Returns a copy without validations. */
  TrainingProgress withoutValidations() {
    return new TrainingProgress(
        step, seconds, trainingHash, List.of(), intervalLoss, intervalTokens, validationHash, null);
  }

  /** Returns a copy in which only the last validation competes for the best weights. */
  TrainingProgress withLastAsBest() {
    return new TrainingProgress(
        step,
        seconds,
        trainingHash,
        validationLosses,
        intervalLoss,
        intervalTokens,
        validationHash,
        validationLosses.size() - 1);
  }

  /** Returns the losses of the validations whose weights compete for the best ones. */
  List<Double> competing() {
    int first = bestFrom == null ? 0 : bestFrom;
    return validationLosses.subList(
        Math.min(first, validationLosses.size()), validationLosses.size());
  }

  /** Returns the loss of the weights that count as the best; empty before any validation. */
  public OptionalDouble bestLoss() {
    return competing().stream().mapToDouble(loss -> loss).min();
  }

  /** Returns whether the last validation was better than all before it that it competes with. */
  public boolean lastIsBest() {
    List<Double> losses = competing();
    if (losses.isEmpty()) {
      return false;
    }
    double loss = losses.getLast();
    return losses.subList(0, losses.size() - 1).stream().allMatch(earlier -> loss < earlier);
  }
}
