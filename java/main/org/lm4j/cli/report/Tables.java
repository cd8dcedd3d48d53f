package org.lm4j.cli.report;

import java.util.Collection;
import org.lm4j.chart.Names;
import org.lm4j.cli.frame.Visible;

/**
 * Limits the size of printed tables: a longer table shows the most frequent rows and the number of
 * others, and long names are shortened. What is written into files and as JSON is whole.
 */
public final class Tables {
  /** The most rows of a table. */
  public static final int MOST_ROWS = 40;

  /** The widest name, in characters. */
  static final int WIDEST = 32;

  private Tables() {}

  /** Returns a name as a cell: on one line, and not longer than {@link #WIDEST}. */
  public static String name(String name) {
    return Names.shortened(Visible.name(name), WIDEST);
  }

  /** Returns a text without line ends, otherwise unchanged: the line that answers a line. */
  public static String oneLine(String text) {
    return text.replace("\n", "\\n").replace("\r", "\\r");
  }

  /** Pads a {@link #name} on its right. */
  public static String cell(String name, int width) {
    String shown = name(name);
    return shown + " ".repeat(Math.max(0, width - shown.codePointCount(0, shown.length())));
  }

  /** Pads a {@link #name} on its left. */
  public static String right(String name, int width) {
    String shown = name(name);
    return " ".repeat(Math.max(0, width - shown.codePointCount(0, shown.length()))) + shown;
  }

  /** Returns the width of a column for these names, at least {@code least}. */
  public static int width(Collection<String> names, int least) {
    return names.stream()
        .map(Tables::name)
        .mapToInt(name -> name.codePointCount(0, name.length()))
        .reduce(least, Math::max);
  }

  /** Returns the line below a shortened table, which counts the hidden rows. */
  public static String more(int hidden, String what, String where) {
    return "… and %,d more %s; %s".formatted(hidden, what, where);
  }
}
