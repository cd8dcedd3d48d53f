package org.lm4j.foreign;

/** Thrown when a native library is missing, cannot be opened, or lacks a function. */
public final class NativeException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Creates the exception with a message that gives the problem and its remedy. */
  public NativeException(String message) {
    super(message);
  }

  /** Creates the exception with a message that gives the problem and its remedy, and a cause. */
  public NativeException(String message, Throwable cause) {
    super(message, cause);
  }
}
