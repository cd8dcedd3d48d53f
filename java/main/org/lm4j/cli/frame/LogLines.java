package org.lm4j.cli.frame;

import java.util.logging.ConsoleHandler;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * Shows what the library logs as one plain line each on stderr. Java creates it when the first
 * message comes, by its name in {@code java.util.logging.config.class}: most runs never pay for it.
 */
public final class LogLines {
  /** Configures logging. */
  public LogLines() {
    ConsoleHandler handler = new ConsoleHandler();
    handler.setLevel(Level.INFO);
    handler.setFormatter(
        new Formatter() {
          @Override
          public String format(LogRecord entry) {
            boolean warning = entry.getLevel().intValue() >= Level.WARNING.intValue();
            String message = Visible.text(Program.hints(formatMessage(entry)));
            return "lm: " + (warning ? "warning: " : "") + message + "\n";
          }
        });
    Logger root = Logger.getLogger("");
    root.addHandler(handler);
    root.setLevel(Level.INFO);
  }
}
