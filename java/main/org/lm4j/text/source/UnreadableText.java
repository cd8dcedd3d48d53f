package org.lm4j.text.source;

import org.lm4j.InputException;

/**
 * Thrown when a file is not text or is incomplete. A file the user named is refused with the
 * message; a file that was only found in a folder or an archive is skipped and counted under the
 * reason.
 */
public final class UnreadableText extends InputException {
  private static final long serialVersionUID = 1;

  private final SkipReason reason;

  /** Creates the exception; the user reads the message if the file was named. */
  public UnreadableText(SkipReason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** Creates the exception with a cause; the user reads the message if the file was named. */
  public UnreadableText(SkipReason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** Returns the reason under which the file is counted. */
  public SkipReason reason() {
    return reason;
  }
}
