package org.lm4j.cli.compare;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.lm4j.chart.IntervalChart;
import org.lm4j.chart.Names;
import org.lm4j.chart.Numbers;
import org.lm4j.chart.Page;
import org.lm4j.chart.Table;
import org.lm4j.cli.report.ModelFacts;
import org.lm4j.io.AtomicFile;
import org.lm4j.task.lm.compare.Comparison;

/** The page of {@code lm compare}: intervals, differences and tables. */
final class ComparePage {
  private ComparePage() {}

  /** Writes the page. */
  static void write(Path file, CompareReport report, int resamples) {
    Comparison comparison = report.comparison();
    String measure = comparison.measure().label();
    Page page = Page.of(title(comparison));
    page.kind("Models compared").foot(ModelFacts.madeBy("lm compare"));
    page.fact("Text", Names.isolated(String.join(", ", report.corpus())));
    page.fact("Size", report.about());
    page.fact(
        "Intervals",
        String.format(Locale.ROOT, "95 %%, of %,d paired bootstrap samples", resamples));
    figures(page, comparison);
    IntervalChart values = IntervalChart.of("Lower is better", measure);
    IntervalChart differences =
        IntervalChart.ofDifferences("Difference from the best model", measure);
    for (int i = 0; i < comparison.rows().size(); i++) {
      Comparison.Row row = comparison.rows().get(i);
      add(values, row.score().name(), row.measure(), i == comparison.best());
      if (row.difference() != null) {
        add(differences, row.score().name(), row.difference(), false);
      }
    }
    page.chart(values);
    if (comparison.best() >= 0) {
      page.chart(differences);
    }
    page.table("Figures", table(report.figures()));
    if (comparison.best() >= 0) {
      page.table("Differences from the best model", table(report.differences()));
    }
    report.notes(Names::isolated).forEach(page::paragraph);
    AtomicFile.writeBytes(file, page.html().getBytes(StandardCharsets.UTF_8));
  }

  private static String title(Comparison comparison) {
    int count = comparison.rows().size();
    Comparison.Row second = second(comparison);
    if (comparison.best() < 0 || second == null) {
      return count + " models";
    }
    String best = Names.isolated(comparison.rows().get(comparison.best()).score().name());
    return second.p() < 0.05
        ? best + " is the best of " + count + " models"
        : "No model is clearly the best of " + count;
  }

  private static Comparison.@Nullable Row second(Comparison comparison) {
    Comparison.Row second = null;
    for (Comparison.Row row : comparison.rows()) {
      Comparison.Figure lead = row.difference();
      if (lead != null
          && (second == null
              || second.difference() == null
              || lead.value() < second.difference().value())) {
        second = row;
      }
    }
    return second;
  }

  /** Adds the best model's value and its lead over the second. */
  private static void figures(Page page, Comparison comparison) {
    if (comparison.best() < 0) {
      return;
    }
    Comparison.Row best = comparison.rows().get(comparison.best());
    String measure = comparison.measure().label();
    if (best.measure() != null) {
      page.figure(
          capital(measure),
          Numbers.rounded(best.measure().value(), 4),
          Names.isolated(best.score().name()));
    }
    Comparison.Row second = second(comparison);
    if (second != null && second.difference() != null) {
      page.figure(
          "Lead over the second",
          Numbers.rounded(second.difference().value(), 3),
          measure + ", over " + Names.isolated(second.score().name()));
      page.figure(
          "p of that lead",
          String.format(Locale.ROOT, "%.4f", second.p()),
          "two-sided, from paired bootstrap samples");
    }
  }

  private static String capital(String text) {
    return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
  }

  private static void add(
      IntervalChart chart, String name, Comparison.@Nullable Figure figure, boolean best) {
    if (figure != null) {
      chart.add(name, figure.value(), figure.interval().low(), figure.interval().high(), best);
    }
  }

  private static Table table(List<List<String>> rows) {
    return new Table(rows.getFirst(), rows.subList(1, rows.size()));
  }
}
