package org.lm4j.foreign;

/** A native library is missing, cannot be opened, or lacks a function. */
public final class NativeException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** With what is missing and what to do about it. */
  public NativeException(String message) {
    super(message);
  }

  /** With what is missing, what to do about it, and why. */
  public NativeException(String message, Throwable cause) {
    super(message, cause);
  }
}
