package org.lm4j.cli.lm;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.io.Json;
import org.lm4j.task.lm.line.LineScore;
import org.lm4j.text.Vocabulary;

/**
 * The table that {@code lm score} prints, as tab-separated values, comma-separated values (RFC
 * 4180) or JSON lines. A value that does not exist is an empty cell, or null in JSON. In
 * tab-separated values tab, line end, carriage return and backslash are escaped as in C.
 */
final class ScoreTable {
  /** The file formats. */
  enum Format {
    TSV,
    CSV,
    JSONL
  }

  private static final double LN2 = Math.log(2);
  private static final double MILLION = 1e6;

  private final Format format;
  private final List<ScoreColumn> columns;
  private final boolean bits;
  private final int top;
  private final Vocabulary vocabulary;
  private final List<String> names = new ArrayList<>();

  /**
   * Creates a table.
   *
   * @param bits whether surprisal and entropy are in bits, else nats
   * @param top number of the most likely tokens that follow the columns
   */
  ScoreTable(
      Format format, List<ScoreColumn> columns, boolean bits, int top, Vocabulary vocabulary) {
    this.format = format;
    this.columns = columns;
    this.bits = bits;
    this.top = top;
    this.vocabulary = vocabulary;
    for (ScoreColumn column : columns) {
      names.add(
          switch (column) {
            case SURPRISAL, ENTROPY, REDUCTION -> column.label() + "_" + unit();
            default -> column.label();
          });
    }
  }

  private String unit() {
    return bits ? "bits" : "nats";
  }

  /** Returns the line of names; nothing in JSON. */
  String header() {
    if (format == Format.JSONL) {
      return "";
    }
    List<String> all = new ArrayList<>(names);
    for (int i = 1; i <= top; i++) {
      all.add("top" + i);
      all.add("top" + i + "_" + unit());
    }
    return String.join(separator(), all) + "\n";
  }

  private String separator() {
    return format == Format.TSV ? "\t" : ",";
  }

  /** Appends a row with its line end. */
  void append(StringBuilder out, ScoreRow row) {
    if (format == Format.JSONL) {
      out.append(Json.line(object(row))).append('\n');
      return;
    }
    String separator = "";
    for (ScoreColumn column : columns) {
      out.append(separator);
      cell(out, value(column, row));
      separator = separator();
    }
    List<LineScore.Alternative> found =
        row.prediction() == null ? List.of() : row.prediction().top();
    for (int i = 0; i < top; i++) {
      LineScore.Alternative each = i < found.size() ? found.get(i) : null;
      out.append(separator);
      cell(out, each == null ? null : text(each.id()));
      out.append(separator());
      cell(out, each == null ? null : (Object) number(each.nats()));
      separator = separator();
    }
    out.append('\n');
  }

  private Map<String, @Nullable Object> object(ScoreRow row) {
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    for (int i = 0; i < columns.size(); i++) {
      object.put(names.get(i), value(columns.get(i), row));
    }
    if (top > 0) {
      List<Map<String, @Nullable Object>> found = new ArrayList<>();
      if (row.prediction() != null) {
        for (LineScore.Alternative each : row.prediction().top()) {
          Map<String, @Nullable Object> entry = new LinkedHashMap<>();
          entry.put("text", text(each.id()));
          entry.put(unit(), number(each.nats()));
          found.add(entry);
        }
      }
      object.put("top", found);
    }
    return object;
  }

  private String text(int id) {
    return vocabulary.text(id);
  }

  private @Nullable Object value(ScoreColumn column, ScoreRow row) {
    LineScore.Prediction prediction = row.prediction();
    return switch (column) {
      case LINE -> row.line().number();
      case ID -> row.line().id();
      case POSITION -> row.position();
      case TEXT -> row.text();
      case START -> row.start();
      case END -> row.end();
      case SURPRISAL -> number(row.nats());
      case OOV -> row.outside();
      case TOKENS -> row.tokens();
      case RANK -> prediction == null ? null : (Object) prediction.rank();
      case ENTROPY -> prediction == null ? null : number(prediction.entropy());
      case REDUCTION -> number(row.reduction());
    };
  }

  /** Returns a number of nats in the unit of the table, to a millionth; null for none. */
  private @Nullable Double number(double nats) {
    if (Double.isNaN(nats)) {
      return null;
    }
    return Math.rint((bits ? nats / LN2 : nats) * MILLION) / MILLION + 0.0; // no -0
  }

  private void cell(StringBuilder out, @Nullable Object value) {
    switch (value) {
      case null -> {}
      case Double number -> fixed(out, number);
      case String text when format == Format.TSV -> escape(out, text);
      case String text -> quote(out, text);
      default -> out.append(value);
    }
  }

  /** Appends six digits after the point, which takes a fraction of {@link String#format}'s time. */
  private static void fixed(StringBuilder out, double value) {
    long millionths = Math.round(Math.abs(value) * MILLION);
    out.append(value < 0 ? "-" : "").append(millionths / 1_000_000).append('.');
    String fraction = Long.toString(millionths % 1_000_000);
    out.append("0".repeat(6 - fraction.length())).append(fraction);
  }

  private static void escape(StringBuilder out, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\t' -> out.append("\\t");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\\' -> out.append("\\\\");
        default -> out.append(c);
      }
    }
  }

  private static void quote(StringBuilder out, String text) {
    if (text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r')) {
      out.append(text);
    } else {
      out.append('"').append(text.replace("\"", "\"\"")).append('"');
    }
  }
}
