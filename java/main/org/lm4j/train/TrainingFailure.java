package org.lm4j.train;

/** A run that cannot go on; the last good checkpoint is kept. The message says what to try. */
public class TrainingFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** With the sentence the user will read. */
  public TrainingFailure(String message) {
    super(message);
  }
}
