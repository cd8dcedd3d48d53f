package org.lm4j.cli.frame;

/** The exit codes of the process. */
public final class ExitCodes {
  /** All went well. */
  public static final int OK = 0;

  /** Something failed while running: a disk, a device, the arithmetic. */
  public static final int FAILURE = 1;

  /** What the user gave cannot be used: an option, a file, a text, a device asked for by name. */
  public static final int BAD_INPUT = 2;

  private ExitCodes() {}
}
