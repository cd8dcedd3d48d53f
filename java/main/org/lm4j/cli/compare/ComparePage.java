package org.lm4j.cli.compare;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.lm4j.chart.IntervalChart;
import org.lm4j.chart.Names;
import org.lm4j.chart.Page;
import org.lm4j.chart.Table;
import org.lm4j.io.AtomicFile;
import org.lm4j.task.lm.compare.Comparison;

/** The page of {@code lm compare}: intervals, differences and tables. */
final class ComparePage {
  private ComparePage() {}

  /** Writes the page. */
  static void write(Path file, CompareReport report, int resamples) {
    Comparison comparison = report.comparison();
    String measure = comparison.measure().label();
    Page page = Page.of("Models compared");
    page.paragraph(
        "Text: %s. %s."
            .formatted(Names.isolated(String.join(", ", report.corpus())), report.about()));
    page.paragraph(
        String.format(
            Locale.ROOT,
            "Intervals hold 95 %% of %,d paired bootstrap samples; p is two-sided. Less is better.",
            resamples));
    IntervalChart values = IntervalChart.of("Loss", measure);
    IntervalChart differences =
        IntervalChart.ofDifferences("Difference to the best model", measure);
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
      page.table("Differences", table(report.differences()));
    }
    report.notes(Names::isolated).forEach(page::paragraph);
    AtomicFile.writeBytes(file, page.html().getBytes(StandardCharsets.UTF_8));
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
