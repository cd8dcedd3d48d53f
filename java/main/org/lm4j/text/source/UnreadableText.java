package org.lm4j.text.source;

import org.lm4j.InputException;

/**
 * A file cannot be taken as text, or not whole. One the user named is refused with the message; one
 * that was only found in a folder or an archive is skipped and counted under the reason.
 */
public final class UnreadableText extends InputException {
  private static final long serialVersionUID = 1;

  private final SkipReason reason;

  /** With the sentence the user reads where the file was named. */
  public UnreadableText(SkipReason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** With the sentence the user reads where the file was named, and where it came from. */
  public UnreadableText(SkipReason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** What it is counted under. */
  public SkipReason reason() {
    return reason;
  }
}
