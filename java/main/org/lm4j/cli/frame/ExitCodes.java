package org.lm4j.cli.frame;

/** The exit codes of the process. */
public final class ExitCodes {
  /** Success. */
  public static final int OK = 0;

  /** A failure while running: a disk, a device, the arithmetic. */
  public static final int FAILURE = 1;

  /** Invalid input: an option, a file, a text, or a device chosen by name. */
  public static final int BAD_INPUT = 2;

  private ExitCodes() {}
}
