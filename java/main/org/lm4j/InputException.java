package org.lm4j;

/**
 * Something the user gave is wrong: a file, an option, a text. The message is one clear sentence
 * that names the place and says what to do. The command line prints it and ends with exit code 2.
 */
public class InputException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** With the sentence the user will read. */
  public InputException(String message) {
    super(message);
  }

  /** With the sentence the user will read, and where it came from. */
  public InputException(String message, Throwable cause) {
    super(message, cause);
  }
}
