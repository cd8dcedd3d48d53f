package org.lm4j.cli.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.io.Json;

/**
 * Rows of a table as tab-separated values, comma-separated values (RFC 4180) or JSON lines. A value
 * that does not exist, null or NaN, is an empty cell, or null in JSON. In tab-separated values tab,
 * line end, carriage return and backslash are escaped as in C. Numbers with a fraction have six
 * digits after the point.
 */
public final class Rows {
  private static final double MILLION = 1e6;

  /** The file formats. */
  public enum Format {
    TSV,
    CSV,
    JSONL;

    /** Returns the format with this name, in whatever case. */
    public static Format named(String name) {
      return valueOf(name.toUpperCase(Locale.ROOT));
    }
  }

  private final Format format;
  private final List<String> names;

  /** Creates a table with columns of these names. */
  public Rows(Format format, List<String> names) {
    this.format = format;
    this.names = List.copyOf(names);
  }

  /** Returns the line of names with its line end; nothing in JSON. */
  public String header() {
    return format == Format.JSONL ? "" : String.join(separator(), names) + "\n";
  }

  private String separator() {
    return format == Format.TSV ? "\t" : ",";
  }

  /**
   * Returns a row with its line end.
   *
   * @param values texts, numbers or null, as many as there are columns
   */
  public String row(@Nullable Object... values) {
    if (values.length != names.size()) {
      throw new IllegalArgumentException(values.length + " values for " + names);
    }
    if (format == Format.JSONL) {
      Map<String, @Nullable Object> object = new LinkedHashMap<>();
      for (int i = 0; i < values.length; i++) {
        object.put(names.get(i), values[i] instanceof Double number ? rounded(number) : values[i]);
      }
      return Json.line(object) + "\n";
    }
    StringBuilder row = new StringBuilder();
    for (int i = 0; i < values.length; i++) {
      row.append(i == 0 ? "" : separator()).append(cell(values[i]));
    }
    return row.append('\n').toString();
  }

  private static @Nullable Double rounded(double value) {
    return Double.isFinite(value) ? Math.rint(value * MILLION) / MILLION + 0.0 : null; // no -0
  }

  private String cell(@Nullable Object value) {
    return switch (value) {
      case null -> "";
      case Double number when !Double.isFinite(number) -> "";
      case Double number -> String.format(Locale.ROOT, "%.6f", rounded(number));
      case String text when format == Format.TSV -> escaped(text);
      case String text -> quoted(text);
      default -> value.toString();
    };
  }

  private static String escaped(String text) {
    return text.replace("\\", "\\\\")
        .replace("\t", "\\t")
        .replace("\n", "\\n")
        .replace("\r", "\\r");
  }

  private static String quoted(String text) {
    return text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r')
        ? text
        : '"' + text.replace("\"", "\"\"") + '"';
  }
}
