package org.lm4j.cli.frame;

import java.io.PrintWriter;
import java.io.UncheckedIOException;

/**
 * A writer to standard output that throws {@link UncheckedIOException} once that has failed: other
 * {@link PrintWriter}s stay silent, and a command would answer line after line of an endless input
 * though the reader of the answers has gone.
 */
public final class ResultWriter extends PrintWriter {
  private final StandardOutput end;

  /** Writes to {@code out}, which leads to {@code end}, and flushes it after each line. */
  public ResultWriter(PrintWriter out, StandardOutput end) {
    super(out, true);
    this.end = end;
  }

  @Override
  public void write(int c) {
    super.write(c);
    check();
  }

  @Override
  public void write(char[] text, int from, int count) {
    super.write(text, from, count);
    check();
  }

  @Override
  public void write(String text, int from, int count) {
    super.write(text, from, count);
    check();
  }

  @Override
  public void flush() {
    super.flush();
    check();
  }

  private void check() {
    StandardOutput.Failure failure = end.failure();
    if (failure != null) {
      throw new UncheckedIOException(failure);
    }
  }
}
