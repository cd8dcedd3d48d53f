package org.lm4j.compute;

/**
 * Thrown when a backend cannot be opened, or a native call fails. The message is one clear
 * sentence.
 */
public class BackendException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Creates the exception with a message that gives the problem and its remedy. */
  public BackendException(String message) {
    super(message);
  }

  /** Creates the exception with a message that gives the problem and its remedy, and a cause. */
  public BackendException(String message, Throwable cause) {
    super(message, cause);
  }

  /**
   * Returns whether the device can do nothing more for this process, as after an access to an
   * illegal address. Every later call would fail too.
   */
  public boolean deviceLost() {
    return getCause() instanceof BackendException cause && cause.deviceLost();
  }
}
