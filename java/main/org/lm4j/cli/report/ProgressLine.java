package org.lm4j.cli.report;

import java.io.PrintWriter;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.lm4j.chart.Names;
import org.lm4j.cli.frame.Terminal;
import org.lm4j.cli.frame.Visible;
import org.lm4j.cli.frame.VisibleWriter;

/**
 * The progress line of a long command, on stderr. On a terminal it is rewritten in place several
 * times a second and cut to the width; elsewhere a plain line comes every few seconds. One thread
 * at a time.
 */
public final class ProgressLine implements AutoCloseable {
  public static final long TERMINAL_PERIOD = 100_000_000L; // nanoseconds
  public static final long PLAIN_PERIOD = 10_000_000_000L;
  private static final String CLEAR = "\r\u001b[K";

  private final PrintWriter err;
  private final Terminal terminal;
  private final LongSupplier clock;
  private long due;
  private String live = "";

  /** Creates a line that follows the system's clock; the first update appears at once. */
  public ProgressLine(PrintWriter err, Terminal terminal) {
    this(err, terminal, System::nanoTime);
  }

  /** Creates a line for tests: {@code clock} gives nanoseconds. */
  public ProgressLine(PrintWriter err, Terminal terminal, LongSupplier clock) {
    this.err = err;
    this.terminal = terminal;
    this.clock = clock;
    this.due = clock.getAsLong();
  }

  /** Shows the text if it is time to; otherwise {@code text} is not even asked. */
  public void update(Supplier<String> text) {
    long now = clock.getAsLong();
    if (now - due < 0 || terminal.quiet()) {
      return;
    }
    if (terminal.err()) {
      due = now + TERMINAL_PERIOD;
      live = fitted(Visible.name(text.get()));
      VisibleWriter.control(err, CLEAR);
      err.print(live);
    } else {
      due = now + PLAIN_PERIOD;
      err.println(text.get());
    }
    err.flush();
  }

  /** Prints a line that stays, above the live one; none with {@code --quiet}. */
  public void print(String line) {
    if (terminal.quiet()) {
      return;
    }
    if (live.isEmpty()) {
      err.println(line);
    } else {
      VisibleWriter.control(err, CLEAR);
      err.println(line);
      err.print(live);
    }
    err.flush();
  }

  /** Removes the live line. Updates may continue afterwards. */
  @Override
  public void close() {
    if (!live.isEmpty()) {
      VisibleWriter.control(err, CLEAR);
      err.flush();
      live = "";
    }
  }

  /** Returns text shortened so that the cursor stays on the line, never inside a surrogate pair. */
  private String fitted(String text) {
    return Names.shortened(text, Math.max(1, terminal.columns() - 1));
  }
}
