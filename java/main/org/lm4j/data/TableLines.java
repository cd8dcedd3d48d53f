package org.lm4j.data;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Splits the lines of a table at tabs. Fields may be quoted as spreadsheets quote them, with inner
 * quotes doubled or escaped by a backslash, or merely begin and end with a quotation mark of the
 * text; this is decided once for the whole table.
 */
public final class TableLines {
  private static final int MANY = 4; // one of so many fields of a column

  private static final char QUOTE = '"';

  private final boolean quoted;
  private final long fields;

  /** Decides about quoting by all lines. */
  TableLines(List<String> lines) {
    Quotes quotes = new Quotes();
    lines.forEach(quotes::add);
    this.quoted = quotes.areMeant();
    this.fields = quotes.whole;
  }

  /** Returns whether quoted fields are unquoted. */
  boolean quoted() {
    return quoted;
  }

  /** Returns how many fields begin and end with a quote. */
  long quotedFields() {
    return fields;
  }

  /** Returns the cells of a line. */
  List<String> cut(String line) {
    List<String> cells = new ArrayList<>();
    int from = 0;
    while (from <= line.length()) {
      int end = quoted ? endOfQuoted(line, from) : -1;
      if (end >= 0) {
        cells.add(unquoted(line.substring(from + 1, end)));
        from = end + 2;
        continue;
      }
      int tab = line.indexOf('\t', from);
      int to = tab < 0 ? line.length() : tab;
      cells.add(line.substring(from, to));
      from = to + 1;
    }
    return cells;
  }

  /** Returns whether a line is a single quoted field. */
  public static boolean isQuoted(String line) {
    String text = line.strip();
    return text.length() > 1 && endOfQuoted(text, 0) == text.length() - 1;
  }

  /** Returns whether the last field of a line opens a quote without closing it. */
  static boolean opensQuote(@Nullable String line) {
    if (line == null) {
      return false;
    }
    int from = line.lastIndexOf('\t') + 1;
    return line.startsWith("\"", from) && endOfQuoted(line, from) < 0;
  }

  /**
   * Returns the position of the quote that ends the quoted field beginning at {@code from}, or -1
   * if there is none.
   */
  private static int endOfQuoted(String line, int from) {
    if (from >= line.length() || line.charAt(from) != QUOTE) {
      return -1;
    }
    for (int i = from + 1; i < line.length(); i++) {
      char c = line.charAt(i);
      boolean last = i + 1 == line.length() || line.charAt(i + 1) == '\t';
      if (c == '\\' && i + 1 < line.length() && line.charAt(i + 1) == QUOTE) {
        boolean ends = i + 2 == line.length() || line.charAt(i + 2) == '\t';
        if (!ends) {
          i++;
        }
      } else if (c == QUOTE && !last && line.charAt(i + 1) == QUOTE) {
        i++;
      } else if (c == QUOTE) {
        return last ? i : -1;
      }
    }
    return -1;
  }

  private static String unquoted(String field) {
    return field.replace("\"\"", "\"").replace("\\\"", "\"");
  }

  /** Counts the quotes in a table. */
  private static final class Quotes {
    private final List<long[]> columns = new ArrayList<>(); // fields, and those that are quoted
    private long whole; // fields that begin and end with a quote, and are right between
    private long broken; // fields that begin with one and are not so
    private long escaping; // whole ones with a quote or a tab inside
    private long needless; // whole ones without a quote, a comma or a tab inside
    private long plainComma; // other fields with a comma or a quote

    void add(String line) {
      int column = 0;
      int from = 0;
      while (from <= line.length()) {
        int end = endOfQuoted(line, from);
        int tab = line.indexOf('\t', from);
        int to = end >= 0 ? end + 1 : tab < 0 ? line.length() : tab;
        count(line.substring(from, to), end >= 0, column++);
        from = to + 1;
      }
    }

    private void count(String field, boolean isWhole, int column) {
      if (columns.size() == column) {
        columns.add(new long[2]);
      }
      long[] here = columns.get(column);
      here[0]++;
      if (!isWhole) {
        broken += field.startsWith("\"") ? 1 : 0;
        plainComma += field.indexOf(',') >= 0 || field.indexOf(QUOTE) >= 0 ? 1 : 0;
        return;
      }
      here[1]++;
      whole++;
      String inside = field.substring(1, field.length() - 1);
      boolean escapes = inside.indexOf(QUOTE) >= 0 || inside.indexOf('\t') >= 0;
      escaping += escapes ? 1 : 0;
      needless += !escapes && inside.indexOf(',') < 0 ? 1 : 0;
    }

    boolean areMeant() {
      boolean manyOfColumn = columns.stream().anyMatch(c -> c[1] > 0 && MANY * c[1] >= c[0]);
      boolean onlyWhereNeeded = whole > 1 && needless == 0 && plainComma == 0;
      return (whole > 0 && broken == 0 && (escaping > 0 || manyOfColumn || onlyWhereNeeded))
          || (manyOfColumn && escaping > 0 && broken * 10 < whole);
    }
  }
}
