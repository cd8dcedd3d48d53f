package org.lm4j.train;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;

/**
 * The intervals at which a run validates, saves and shows samples. This does not change the
 * training steps, except that validations control the plateau schedule and the choice of the best
 * weights, and may end the run.
 *
 * @param validationSteps steps between validations; 0 for once an epoch
 * @param validationStreams streams side by side while validating
 * @param checkpointSteps steps between checkpoints; 0 for about once a minute
 * @param saveAt amounts of text, in words, after which the model is saved in a folder, see {@link
 *     Milestones}; null for none
 * @param stopAfter validations without an improvement after which the run ends early; null for none
 * @param keep checkpoints of the last validations that are kept, see {@link KeptCheckpoints}; null
 *     for none
 * @param samples texts that the model generates on the way; null for none
 */
public record Cadence(
    long validationSteps,
    int validationStreams,
    long checkpointSteps,
    @Nullable List<Long> saveAt,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer stopAfter,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer keep,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable SamplePlan samples) {
  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is broken
   */
  public Cadence {
    if (validationSteps < 0 || validationStreams < 1 || checkpointSteps < 0) {
      throw new IllegalArgumentException("a cadence must not be negative, and streams be above 0");
    }
    if (stopAfter != null && stopAfter < 1) {
      throw new IllegalArgumentException("validations without an improvement must be above 0");
    }
    if (keep != null && keep < 1) {
      throw new IllegalArgumentException("checkpoints to keep must be above 0");
    }
    if (saveAt != null) {
      saveAt = List.copyOf(saveAt);
      if (saveAt.stream().anyMatch(words -> words < 1)) {
        throw new IllegalArgumentException("an amount of words must be above 0");
      }
    }
  }

  /** Creates a cadence that only validates and saves checkpoints. */
  public Cadence(long validationSteps, int validationStreams, long checkpointSteps) {
    this(validationSteps, validationStreams, checkpointSteps, null);
  }

  /** Creates a cadence that also saves models by amount of text. */
  public Cadence(
      long validationSteps,
      int validationStreams,
      long checkpointSteps,
      @Nullable List<Long> saveAt) {
    this(validationSteps, validationStreams, checkpointSteps, saveAt, null, null, null);
  }

  /** Returns a copy of a run that ends after so many validations without an improvement. */
  public Cadence stoppingAfter(@Nullable Integer validations) {
    return new Cadence(
        validationSteps, validationStreams, checkpointSteps, saveAt, validations, keep, samples);
  }

  /** Returns a copy of a run that keeps the checkpoints of its last validations. */
  public Cadence keeping(@Nullable Integer checkpoints) {
    return new Cadence(
        validationSteps,
        validationStreams,
        checkpointSteps,
        saveAt,
        stopAfter,
        checkpoints,
        samples);
  }

  /** Returns a copy of a run that shows samples. */
  public Cadence sampling(@Nullable SamplePlan texts) {
    return new Cadence(
        validationSteps, validationStreams, checkpointSteps, saveAt, stopAfter, keep, texts);
  }

  /**
   * Requires what the plan needs of a task.
   *
   * @throws InputException if it has no held-out data that are needed, or generates no texts
   */
  void requirePossible(TrainingTask task) {
    String needing = stopAfter != null ? "{stopAfter}" : keep != null ? "{keep}" : null;
    if (needing != null && !task.validates()) {
      throw InputException.naming(needing + " needs held-out data, and there are none.");
    }
    if (samples != null && !task.generates()) {
      throw InputException.naming("only language models generate texts; leave out {sampleEvery}.");
    }
  }

  /**
   * Returns whether a run ends early: whether none of the last {@code stopAfter} validations was
   * better than all before it.
   *
   * @param validationLosses of the run, oldest first
   */
  public boolean endsEarly(List<Double> validationLosses) {
    return stopAfter != null && withoutImprovement(validationLosses) >= stopAfter;
  }

  /** Returns the number of validations since the best one. */
  private static int withoutImprovement(List<Double> losses) {
    int best = 0;
    for (int i = 1; i < losses.size(); i++) {
      best = losses.get(i) < losses.get(best) ? i : best;
    }
    return losses.isEmpty() ? 0 : losses.size() - 1 - best;
  }
}
