package org.lm4j.cli;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lm4j.chart.LineChart;
import org.lm4j.chart.LineChart.Best;
import org.lm4j.chart.Numbers;
import org.lm4j.chart.Page;
import org.lm4j.chart.Series;
import org.lm4j.chart.Table;
import org.lm4j.train.MetricsHistory;
import org.lm4j.train.MetricsHistory.Metric;

/** The page of {@code lm plot}: each metric of the logs as a chart, all runs over each other. */
final class TrainingPage {
  private static final String NONE = "–";
  private static final List<String> BETTER_WHEN_HIGH =
      List.of("accuracy", "bleu", "rouge", "cider", "exact");

  private final List<LoggedRun> runs;
  private final LoggedRun.Progress progress;
  private final String xLabel;
  private final double secondsPerUnit;

  /**
   * Of some runs.
   *
   * @param progress what goes to the right
   */
  TrainingPage(List<LoggedRun> runs, LoggedRun.Progress progress) {
    this.runs = runs;
    this.progress = progress;
    double longest =
        runs.stream()
            .mapToDouble(run -> run.history().last(MetricsHistory.SECONDS).orElse(0))
            .max()
            .orElse(0);
    this.secondsPerUnit = longest > 5 * 3600 ? 3600 : longest > 300 ? 60 : 1;
    this.xLabel =
        switch (progress) {
          case STEP -> "step";
          case EPOCH -> "epoch";
          case TIME ->
              "time in " + (longest > 5 * 3600 ? "hours" : longest > 300 ? "minutes" : "seconds");
        };
  }

  /** The page, under {@code title} or one made of the runs' names. */
  String html(@Nullable String title) {
    return page(title).html();
  }

  /** The same to add charts to. */
  Page page(@Nullable String title) {
    Page page =
        Page.of(title != null ? title : runs.size() == 1 ? single() : runs.size() + " trainings");
    page.table("How far, how well", summary());
    known(page, "Loss", "loss", "nats per token", Best.LOWEST, false, true);
    known(page, "Perplexity", "perplexity", "perplexity", Best.LOWEST, true, false);
    known(page, "Learning rate", "learning_rate", "learning rate", Best.NONE, false, false);
    known(
        page,
        "Gradient norm before clipping",
        "gradient_norm",
        "norm of the gradient",
        Best.NONE,
        true,
        false);
    known(page, "Speed", "tokens_per_second", "tokens per second", Best.HIGHEST, false, false);
    for (String metric : others()) {
      String name = metric.replace('_', ' ');
      known(page, capital(name), metric, name, best(metric), false, false);
    }
    return page;
  }

  private String single() {
    return "Training of " + runs.getFirst().name();
  }

  private static String capital(String name) {
    return name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
  }

  private static Best best(String metric) {
    String name = metric.toLowerCase(Locale.ROOT);
    if (BETTER_WHEN_HIGH.stream().anyMatch(name::contains)) {
      return Best.HIGHEST;
    }
    return name.contains("loss") || name.contains("error") ? Best.LOWEST : Best.NONE;
  }

  /** What the logs hold beyond the metrics of language models. */
  private Set<String> others() {
    Set<String> names = new LinkedHashSet<>();
    for (LoggedRun run : runs) {
      for (String name : run.metrics()) {
        names.add(
            name.startsWith(LoggedRun.VALIDATION)
                ? name.substring(LoggedRun.VALIDATION.length())
                : name);
      }
    }
    names.removeAll(
        Set.of("loss", "perplexity", "learning_rate", "gradient_norm", "tokens_per_second", ""));
    return names;
  }

  // One argument for each property in which the charts differ.
  private void known(
      Page page,
      String title,
      String metric,
      String yLabel,
      Best best,
      boolean logarithmic,
      boolean wide) {
    LineChart chart = LineChart.of(title, xLabel, yLabel).best(best);
    if (logarithmic) {
      chart.logarithmic();
    } else if (metric.equals("tokens_per_second") || metric.equals("learning_rate")) {
      chart.from(0);
    }
    if (wide) {
      chart.acrossThePage();
    }
    if (fill(chart, metric)) {
      page.chart(chart);
    }
  }

  /** Adds the lines of all runs, those of training first; whether there are any. */
  private boolean fill(LineChart chart, String metric) {
    boolean validated = has(LoggedRun.VALIDATION + metric);
    boolean any = validated;
    for (int i = 0; i < runs.size(); i++) {
      Metric training = runs.get(i).history().metric(metric);
      if (training.size() > 0) {
        any = true;
        Series.Style style = validated ? Series.Style.FAINT : Series.Style.LINE;
        chart.add(series(name(i, validated ? "training" : ""), training, style, i));
      }
    }
    for (int i = 0; i < runs.size(); i++) {
      Metric validation = runs.get(i).history().metric(LoggedRun.VALIDATION + metric);
      if (validation.size() > 0) {
        chart.add(series(name(i, "validation"), validation, Series.Style.POINTS, i));
      }
    }
    return any;
  }

  private boolean has(String metric) {
    return runs.stream().anyMatch(run -> run.metrics().contains(metric));
  }

  private String name(int run, String part) {
    String name = runs.get(run).name();
    if (part.isEmpty()) {
      return name;
    }
    return runs.size() == 1 ? part : name + ", " + part;
  }

  private Series series(String name, Metric metric, Series.Style style, int color) {
    double[] x =
        switch (progress) {
          case STEP -> metric.steps();
          case EPOCH -> metric.epochs();
          case TIME -> Arrays.stream(metric.seconds()).map(s -> s / secondsPerUnit).toArray();
        };
    return Series.of(name, x, metric.values()).style(style).color(color);
  }

  private Table summary() {
    Table table =
        Table.of(
            "run",
            "steps",
            "epochs",
            "time",
            "training loss, last",
            "validation loss, best",
            "at step",
            "perplexity there",
            "tokens/s, median");
    for (LoggedRun run : runs) {
      MetricsHistory history = run.history();
      Metric validation = history.metric(LoggedRun.VALIDATION + "loss");
      int best = validation.lowest();
      double loss = best < 0 ? Double.NaN : validation.values()[best];
      table =
          table.row(
              run.name(),
              text(history.last(MetricsHistory.STEP)),
              text(history.last(MetricsHistory.EPOCH)),
              time(history.last(MetricsHistory.SECONDS)),
              text(history.last("loss")),
              best < 0 ? NONE : Numbers.text(loss),
              best < 0 ? NONE : Numbers.text(validation.steps()[best]),
              best < 0 ? NONE : Numbers.text(Math.exp(loss)),
              median(history.metric("tokens_per_second").values()));
    }
    return table;
  }

  private static String text(OptionalDouble value) {
    return value.isPresent() ? Numbers.text(value.getAsDouble()) : NONE;
  }

  private static String median(double[] values) {
    double[] sorted = Arrays.stream(values).filter(Double::isFinite).sorted().toArray();
    return sorted.length == 0 ? NONE : Numbers.significant(sorted[sorted.length / 2], 3);
  }

  private static String time(OptionalDouble seconds) {
    if (seconds.isEmpty()) {
      return NONE;
    }
    long whole = Math.round(seconds.getAsDouble());
    long hours = whole / 3600;
    long minutes = whole / 60 % 60;
    return (hours > 0 ? hours + " h " : "")
        + (whole >= 60 ? minutes + " min " : "")
        + whole % 60
        + " s";
  }
}
