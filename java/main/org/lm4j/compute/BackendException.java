package org.lm4j.compute;

/** A backend could not be opened, or a native call failed. The message is one clear sentence. */
public class BackendException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** With what happened and what to do about it. */
  public BackendException(String message) {
    super(message);
  }

  /** With what happened, what to do about it, and why. */
  public BackendException(String message, Throwable cause) {
    super(message, cause);
  }

  /**
   * Whether the device can do nothing more for this process, as after an access to an illegal
   * address. Every later call would fail too.
   */
  public boolean deviceLost() {
    return getCause() instanceof BackendException cause && cause.deviceLost();
  }
}
