package org.lm4j.cli.frame;

import java.util.Map;

/**
 * The properties of the screen that the launcher found. Java cannot ask about stderr itself, and
 * its stderr is a pipe: see {@code scripts/lm}.
 *
 * @param out whether stdout is a terminal
 * @param err whether stderr is a terminal
 * @param columns width in characters
 * @param color whether the user wants colours where there is a terminal
 */
public record Terminal(boolean out, boolean err, int columns, boolean color, boolean quiet) {
  private static final int DEFAULT_COLUMNS = 80;
  private static final int MOST_COLUMNS = 9999;

  /** Creates a terminal on which progress is shown. */
  public Terminal(boolean out, boolean err, int columns, boolean color) {
    this(out, err, columns, color, false);
  }

  /** Returns a copy without progress, if {@code wanted}. */
  public Terminal quieted(boolean wanted) {
    return new Terminal(out, err, columns, color, wanted);
  }

  /** Returns the absence of a terminal, for files, pipes and tests. */
  public static Terminal none() {
    return new Terminal(false, false, DEFAULT_COLUMNS, false);
  }

  /** Reads the launcher's variables; {@code NO_COLOR} and {@code TERM=dumb} are respected. */
  public static Terminal from(Map<String, String> environment) {
    boolean color =
        environment.getOrDefault("NO_COLOR", "").isEmpty()
            && !environment.getOrDefault("TERM", "dumb").equals("dumb");
    return new Terminal(
        "1".equals(environment.get("LM4J_STDOUT_TTY")),
        "1".equals(environment.get("LM4J_STDERR_TTY")),
        columns(environment.getOrDefault("LM4J_COLUMNS", "")),
        color);
  }

  private static int columns(String value) {
    int columns = 0;
    for (int i = 0; i < value.length(); i++) {
      int digit = value.charAt(i) - '0';
      if (digit < 0 || digit > 9 || columns > MOST_COLUMNS / 10 || digit + columns == 0) {
        return DEFAULT_COLUMNS;
      }
      columns = 10 * columns + digit;
    }
    return columns == 0 ? DEFAULT_COLUMNS : columns;
  }
}
