package org.lm4j.cli.lm;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.lm4j.chart.LineChart;
import org.lm4j.chart.Page;
import org.lm4j.chart.Series;
import org.lm4j.cli.options.HelpValues;
import org.lm4j.train.trial.RateFinder;
import org.lm4j.train.trial.RateFinder.Point;

/**
 * What {@code lm train --find-rate} prints.
 *
 * @param optimizer its name
 */
record RateReport(String optimizer, RateFinder.Result result) {
  private static final int ROWS = 24;

  /** Returns the table, and the suggestion with its reason. */
  List<String> lines() {
    List<Point> points = result.points();
    List<String> lines = new ArrayList<>(List.of("learning rate       loss     smooth"));
    int every = Math.max(1, (points.size() + ROWS - 1) / ROWS);
    for (int i = 0; i < points.size(); i += every) {
      Point point = points.get(i);
      lines.add(
          String.format(
              Locale.ROOT, "%13.3g %10.4f %10.4f", point.rate(), point.loss(), point.smooth()));
    }
    lines.add("");
    lines.add(conclusion());
    return lines;
  }

  private String conclusion() {
    OptionalDouble suggestion = result.suggestion();
    if (suggestion.isEmpty()) {
      return "No learning rate of " + optimizer + " made the loss fall; nothing can be suggested.";
    }
    String why =
        String.format(
            Locale.ROOT,
            "The loss is lowest at %.2g and falls most steeply at %.2g; %s",
            result.lowest().getAsDouble(),
            result.steepest().orElse(Double.NaN),
            result.diverged() ? "beyond, it diverges" : "it did not diverge");
    return "--optimizer %s --learning-rate %s%n%s"
        .formatted(
            optimizer,
            HelpValues.number(suggestion.getAsDouble()),
            why + ". The suggestion is a tenth of the rate with the lowest loss.");
  }

  /** Returns the fields of the JSON object. */
  Map<String, @Nullable Object> values() {
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    values.put("optimizer", optimizer);
    values.put("suggestion", orNull(result.suggestion()));
    values.put("lowest", orNull(result.lowest()));
    values.put("steepest", orNull(result.steepest()));
    values.put("diverged", result.diverged());
    values.put("points", result.points());
    return values;
  }

  private static @Nullable Double orNull(OptionalDouble value) {
    return value.isPresent() ? Double.valueOf(value.getAsDouble()) : null;
  }

  /** Returns a page with the losses over the rates. */
  String page() {
    double[] rates = result.points().stream().mapToDouble(p -> Math.log10(p.rate())).toArray();
    double[] losses = result.points().stream().mapToDouble(Point::loss).toArray();
    double[] smooth = result.points().stream().mapToDouble(Point::smooth).toArray();
    LineChart chart =
        LineChart.of("Loss by learning rate", "log10 of the learning rate", "loss")
            .add(Series.of("each step", rates, losses).style(Series.Style.FAINT).color(0))
            .add(Series.of("smooth", rates, smooth).color(0))
            .best(LineChart.Best.NONE)
            .acrossThePage();
    Page page = Page.of("Learning rates of " + optimizer).kind("Range test of learning rates");
    result
        .suggestion()
        .ifPresent(
            rate ->
                page.figure(
                    "learning rate suggested",
                    HelpValues.number(rate),
                    "a tenth of the rate with the lowest loss"));
    conclusion().lines().forEach(page::paragraph);
    return page.chart(chart).html();
  }
}
