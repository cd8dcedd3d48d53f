package org.lm4j.cli.frame;

import java.io.FilterWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;

/**
 * The writer for everything that a command displays. Text of files cannot steer the terminal
 * through it, see {@link Visible}; what the program itself has to say to the terminal goes past it
 * by {@link #control}.
 */
public final class VisibleWriter extends PrintWriter {
  private final PrintWriter raw;

  /** Writes to {@code raw}, and flushes it after each line. */
  public VisibleWriter(PrintWriter raw) {
    super(new Escaping(raw), true);
    this.raw = raw;
  }

  /** Writes text of the program's own, such as colours, as it is. */
  public static void control(PrintWriter writer, String text) {
    raw(writer).print(text);
  }

  /** Returns the writer behind {@code writer} that changes nothing. */
  public static PrintWriter raw(PrintWriter writer) {
    return writer instanceof VisibleWriter visible ? visible.raw : writer;
  }

  private static final class Escaping extends FilterWriter {
    Escaping(Writer out) {
      super(out);
    }

    @Override
    public void write(int c) throws IOException {
      write(String.valueOf((char) c));
    }

    @Override
    public void write(char[] text, int from, int count) throws IOException {
      write(new String(text, from, count));
    }

    @Override
    public void write(String text, int from, int count) throws IOException {
      out.write(Visible.text(text.substring(from, from + count)));
    }
  }
}
