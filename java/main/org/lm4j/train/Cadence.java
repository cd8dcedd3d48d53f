package org.lm4j.train;

/**
 * The intervals at which a run validates and saves. This does not change the training steps, except
 * that validations control the plateau schedule and the choice of the best weights.
 *
 * @param validationSteps steps between validations; 0 for once an epoch
 * @param validationStreams streams side by side while validating
 * @param checkpointSteps steps between checkpoints; 0 for about once a minute
 */
public record Cadence(long validationSteps, int validationStreams, long checkpointSteps) {
  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is broken
   */
  public Cadence {
    if (validationSteps < 0 || validationStreams < 1 || checkpointSteps < 0) {
      throw new IllegalArgumentException("a cadence must not be negative, and streams be above 0");
    }
  }
}
