package org.lm4j.cli.compare;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.lm4j.cli.frame.Visible;
import org.lm4j.metric.Bootstrap;
import org.lm4j.task.lm.compare.ComparedText;
import org.lm4j.task.lm.compare.Comparison;
import org.lm4j.text.token.Segmentation;

/**
 * The results of {@code lm compare} as tables and as JSON.
 *
 * @param corpus the names of the text
 */
record CompareReport(ComparedText text, Comparison comparison, List<String> corpus) {
  private static final String NONE = "withheld";

  /** Returns what was compared, in one sentence. */
  String about() {
    Segmentation segmentation = text.segmentation();
    String read =
        segmentation.isStream()
            ? "one stream"
            : "%ss, the state %s"
                .formatted(
                    segmentation.unit().label(),
                    segmentation.carry() ? "carried from one to the next" : "zero before each");
    return String.format(
        Locale.ROOT,
        "%,d lines, %,d characters, %,d bytes, read as %s; %,d units to draw from",
        text.lines(),
        text.characters(),
        text.bytes(),
        read,
        text.units());
  }

  /**
   * Returns the sentences on figures that are withheld.
   *
   * @param shown gives the name of a model as it is shown
   */
  List<String> notes(UnaryOperator<String> shown) {
    List<String> notes = new ArrayList<>();
    for (Comparison.Row row : comparison.rows()) {
      if (!row.withheld().isEmpty()) {
        notes.add(shown.apply(row.score().name()) + ": bits are withheld, since " + row.withheld());
      }
    }
    if (!comparison.sameTokens()) {
      notes.add("perplexity is withheld, since the models predict different tokens");
    }
    if (comparison.best() < 0) {
      notes.add("fewer than two models have figures that can be compared");
    }
    return notes;
  }

  /** Returns the names and figures of the models, a row for each, the first one names. */
  List<List<String>> figures() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "model",
            "bits/character",
            "95 % interval",
            "bits/byte",
            "perplexity",
            "95 % interval",
            "unknown"));
    for (Comparison.Row row : comparison.rows()) {
      rows.add(
          List.of(
              row.score().name(),
              value(row.bitsPerCharacter(), 4),
              interval(row.bitsPerCharacter(), 4),
              value(row.bitsPerByte(), 4),
              value(row.perplexity(), 2),
              interval(row.perplexity(), 2),
              String.format(Locale.ROOT, "%,d", row.score().unknown())));
    }
    return rows;
  }

  /** Returns the differences to the best model, a row for each model that has one. */
  List<List<String>> differences() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("model", comparison.measure().label(), "difference", "95 % interval", "p"));
    for (int i = 0; i < comparison.rows().size(); i++) {
      Comparison.Row row = comparison.rows().get(i);
      if (row.difference() != null) {
        rows.add(
            List.of(
                row.score().name(),
                value(row.measure(), 4),
                signed(row.difference().value()),
                "%s to %s"
                    .formatted(
                        signed(row.difference().interval().low()),
                        signed(row.difference().interval().high())),
                String.format(Locale.ROOT, "%.4f", row.p())));
      } else if (i == comparison.best()) {
        rows.add(List.of(row.score().name(), value(row.measure(), 4), "best", "", ""));
      }
    }
    return rows;
  }

  /** Prints the tables. */
  void print(PrintWriter out) {
    out.println(about());
    out.println();
    printTable(out, figures());
    if (comparison.best() >= 0) {
      out.println();
      printTable(out, differences());
    }
    notes(Visible::name).forEach(note -> out.println("* " + note));
  }

  private static void printTable(PrintWriter out, List<List<String>> rows) {
    int[] widths = new int[rows.getFirst().size()];
    for (List<String> row : rows) {
      for (int c = 0; c < widths.length; c++) {
        widths[c] = Math.max(widths[c], length(Visible.name(row.get(c))));
      }
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int c = 0; c < widths.length; c++) {
        String cell = Visible.name(row.get(c));
        String space = " ".repeat(widths[c] - length(cell));
        line.append(c == 0 ? cell + space : "  " + space + cell);
      }
      out.println(line.toString().stripTrailing());
    }
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  private static String value(Comparison.@Nullable Figure figure, int decimals) {
    return figure == null ? NONE : number(figure.value(), decimals);
  }

  private static String interval(Comparison.@Nullable Figure figure, int decimals) {
    return figure == null
        ? ""
        : number(figure.interval().low(), decimals)
            + " to "
            + number(figure.interval().high(), decimals);
  }

  private static String number(double value, int decimals) {
    return Double.isFinite(value)
        ? String.format(Locale.ROOT, "%." + decimals + "f", value)
        : "too large";
  }

  private static String signed(double value) {
    return String.format(Locale.ROOT, "%+.4f", value);
  }

  /** Returns all results as values of JSON; null for what is withheld. */
  Map<String, @Nullable Object> values(int resamples, long seed) {
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    values.put("corpus", corpus);
    values.put("unit", text.segmentation().unit().label());
    values.put("state", text.segmentation().carry() ? "carry" : "reset");
    values.put("lines", text.lines());
    values.put("characters", text.characters());
    values.put("bytes", text.bytes());
    values.put("units", text.units());
    values.put("resamples", resamples);
    values.put("seed", seed);
    values.put("same_tokens", comparison.sameTokens());
    values.put("measure", comparison.measure().label());
    values.put(
        "best",
        comparison.best() < 0 ? null : comparison.rows().get(comparison.best()).score().name());
    values.put("models", comparison.rows().stream().map(CompareReport::values).toList());
    return values;
  }

  private static Map<String, @Nullable Object> values(Comparison.Row row) {
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    values.put("model", row.score().name());
    values.put("tokens", row.score().targetCount());
    values.put("loss", row.score().loss());
    put(values, "bits_per_char", row.bitsPerCharacter());
    put(values, "bits_per_byte", row.bitsPerByte());
    put(values, "perplexity", row.perplexity());
    values.put("oov_tokens", row.score().unknown());
    put(values, "difference", row.difference());
    values.put("p", row.difference() == null ? null : row.p());
    values.put("withheld", row.withheld().isEmpty() ? null : row.withheld());
    return values;
  }

  private static void put(
      Map<String, @Nullable Object> values, String name, Comparison.@Nullable Figure figure) {
    Bootstrap.Interval interval = figure == null ? null : figure.interval();
    values.put(name, figure == null ? null : figure.value());
    values.put(
        name + "_interval",
        interval == null ? null : Arrays.asList(interval.low(), interval.high()));
  }
}
