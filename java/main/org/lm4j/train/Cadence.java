package org.lm4j.train;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The intervals at which a run validates and saves. This does not change the training steps, except
 * that validations control the plateau schedule and the choice of the best weights.
 *
 * @param validationSteps steps between validations; 0 for once an epoch
 * @param validationStreams streams side by side while validating
 * @param checkpointSteps steps between checkpoints; 0 for about once a minute
 * @param saveAt amounts of text, in words, after which the model is saved in a folder, see {@link
 *     Milestones}; null for none
 */
public record Cadence(
    long validationSteps,
    int validationStreams,
    long checkpointSteps,
    @Nullable List<Long> saveAt) {
  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is broken
   */
  public Cadence {
    if (validationSteps < 0 || validationStreams < 1 || checkpointSteps < 0) {
      throw new IllegalArgumentException("a cadence must not be negative, and streams be above 0");
    }
    if (saveAt != null) {
      saveAt = List.copyOf(saveAt);
      if (saveAt.stream().anyMatch(words -> words < 1)) {
        throw new IllegalArgumentException("an amount of words must be above 0");
      }
    }
  }

  /** Creates a cadence that saves no models by amount of text. */
  public Cadence(long validationSteps, int validationStreams, long checkpointSteps) {
    this(validationSteps, validationStreams, checkpointSteps, null);
  }
}
