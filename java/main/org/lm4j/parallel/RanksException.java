package org.lm4j.parallel;

/** Thrown when the ranks of a job can no longer exchange anything, because one has ended, say. */
public final class RanksException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Creates the exception with a sentence for the user. */
  public RanksException(String message) {
    super(message);
  }

  /** Creates the exception with a sentence for the user and its cause. */
  public RanksException(String message, Throwable cause) {
    super(message, cause);
  }
}
