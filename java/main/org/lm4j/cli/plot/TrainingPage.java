package org.lm4j.cli.plot;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lm4j.chart.LineChart;
import org.lm4j.chart.LineChart.Best;
import org.lm4j.chart.Names;
import org.lm4j.chart.Numbers;
import org.lm4j.chart.Page;
import org.lm4j.chart.Series;
import org.lm4j.chart.Table;
import org.lm4j.cli.report.ModelFacts;
import org.lm4j.train.log.MetricsHistory;
import org.lm4j.train.log.MetricsHistory.Metric;

/** The page of {@code lm plot}: each metric of the logs as a chart, all runs over each other. */
public final class TrainingPage {
  static final String NONE = "–";

  /** The number of measurements from which the loss after the first fifth gets a separate chart. */
  private static final int FEW = 20;

  static final String LOSS = "loss";
  static final String PERPLEXITY = "perplexity";

  /** The ending of the name of a speed, which begins with the counted unit. */
  private static final String SPEED = "_per_second";

  /** The vertical scale of a metric. */
  private enum Scale {
    LINEAR,
    FROM_ZERO,
    LOGARITHMIC
  }

  /** The presentation of a metric. */
  private record Kind(String metric, String title, String unit, Best best, Scale scale) {
    Kind in(String otherUnit) {
      return new Kind(metric, title, otherUnit, best, scale);
    }
  }

  /** The metrics that all runs log. */
  private static final List<Kind> KNOWN =
      List.of(
          new Kind(LOSS, "Loss", "loss", Best.LOWEST, Scale.LINEAR),
          new Kind(PERPLEXITY, "Perplexity", PERPLEXITY, Best.LOWEST, Scale.LOGARITHMIC),
          new Kind("learning_rate", "Learning rate", "learning rate", Best.NONE, Scale.FROM_ZERO),
          new Kind(
              "gradient_norm",
              "Gradient norm before clipping",
              "gradient norm",
              Best.NONE,
              Scale.LOGARITHMIC));

  private static final List<String> BETTER_WHEN_HIGH =
      List.of("accuracy", "bleu", "rouge", "cider", "exact");

  private final List<LoggedRun> runs;
  private final LoggedRun.Progress progress;
  private final String xLabel;
  private final double secondsPerUnit;

  /**
   * Creates the page of some runs.
   *
   * @param progress what goes to the right
   */
  public TrainingPage(List<LoggedRun> runs, LoggedRun.Progress progress) {
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

  /** Returns the page, under {@code title} or one made of the runs' names. */
  String html(@Nullable String title) {
    return page(title).html();
  }

  /** Returns the page, to which charts can be added. */
  public Page page(@Nullable String title) {
    Page page = Page.of(title == null ? names() : title);
    page.kind(runs.size() == 1 ? "Training run" : runs.size() + " training runs");
    page.foot(ModelFacts.madeBy("lm plot"));
    RunFigures figures = new RunFigures(runs);
    figures.addTo(page);
    if (runs.size() > 1) {
      page.table("Summary", summary());
      figures.addRecipes(page);
    }
    for (Kind known : KNOWN) {
      Kind kind = known.metric().equals(LOSS) ? known.in(unitOfLoss()) : known;
      boolean isLoss = kind.metric().equals(LOSS);
      chart(kind, 0).ifPresent(chart -> page.chart(isLoss ? chart.acrossThePage() : chart));
      if (isLoss) {
        lateLoss(kind).ifPresent(page::chart);
      }
    }
    for (String metric : others()) {
      String name = metric.replace('_', ' ');
      Kind kind =
          metric.endsWith(SPEED)
              ? new Kind(metric, "Speed", name, Best.NONE, Scale.FROM_ZERO)
              : new Kind(metric, capital(name), name, best(metric), Scale.LINEAR);
      chart(kind, 0).ifPresent(page::chart);
    }
    return page;
  }

  /** Returns the unit of the loss: losses with a perplexity are in nats. */
  private String unitOfLoss() {
    boolean nats = runs.stream().allMatch(run -> run.metrics().contains(PERPLEXITY));
    Set<String> units = new LinkedHashSet<>();
    runs.forEach(run -> unit(run).ifPresent(units::add));
    if (!nats) {
      return LOSS;
    }
    return units.equals(Set.of("tokens")) ? "nats per token" : "nats";
  }

  /**
   * Returns the unit that a run counts, in the plural, if it lasted long enough to have a speed.
   */
  private static Optional<String> unit(LoggedRun run) {
    return run.metrics().stream()
        .filter(name -> name.endsWith(SPEED))
        .findFirst()
        .map(name -> name.substring(0, name.length() - SPEED.length()));
  }

  static String speed(LoggedRun run) {
    return unit(run)
        .map(unit -> median(run.history().metric(unit + SPEED).values()) + " " + unit + "/s")
        .orElse(NONE);
  }

  private String names() {
    List<String> names = runs.stream().map(run -> Names.isolated(run.name())).toList();
    return switch (names.size()) {
      case 1 -> names.getFirst();
      case 2 -> names.getFirst() + " and " + names.getLast();
      default -> names.getFirst() + " and " + (names.size() - 1) + " others";
    };
  }

  static String capital(String name) {
    return name.isEmpty()
        ? name
        : name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
  }

  static Best best(String metric) {
    String name = metric.toLowerCase(Locale.ROOT);
    if (BETTER_WHEN_HIGH.stream().anyMatch(name::contains)) {
      return Best.HIGHEST;
    }
    return name.contains("loss") || name.contains("error") ? Best.LOWEST : Best.NONE;
  }

  /** Returns the metrics in the logs that language models do not have. */
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
    KNOWN.forEach(kind -> names.remove(kind.metric()));
    return names;
  }

  /** Returns the loss alone, under a title. */
  Optional<LineChart> loss(String title) {
    return chart(new Kind(LOSS, title, unitOfLoss(), Best.LOWEST, Scale.LINEAR), 0);
  }

  /** Returns the loss without the fall at the beginning, beside which nothing else is seen. */
  private Optional<LineChart> lateLoss(Kind kind) {
    Kind late =
        new Kind(
            LOSS, "Loss after the first fifth of the run", kind.unit(), kind.best(), Scale.LINEAR);
    return runs.stream().anyMatch(run -> run.history().metric(LOSS).size() >= FEW)
        ? chart(late, 0.2)
        : Optional.empty();
  }

  /**
   * Returns all runs' lines of a metric, those of training first.
   *
   * @param begin the part of each run's steps that is left out at its beginning
   */
  private Optional<LineChart> chart(Kind kind, double begin) {
    LineChart chart = LineChart.of(kind.title(), xLabel, kind.unit()).best(kind.best());
    if (begin == 0) {
      chart.fromX(0);
    }
    switch (kind.scale()) {
      case LOGARITHMIC -> chart.logarithmic();
      case FROM_ZERO -> chart.fromY(0);
      case LINEAR -> {}
    }
    boolean validated = has(LoggedRun.VALIDATION + kind.metric());
    Series.Style style = validated ? Series.Style.FAINT : Series.Style.LINE;
    boolean any = add(chart, kind.metric(), validated ? "training" : "", style, begin);
    any |=
        add(chart, LoggedRun.VALIDATION + kind.metric(), "validation", Series.Style.POINTS, begin);
    return any ? Optional.of(chart) : Optional.empty();
  }

  private boolean add(
      LineChart chart, String metric, String part, Series.Style style, double begin) {
    boolean any = false;
    for (int i = 0; i < runs.size(); i++) {
      Metric values = runs.get(i).history().metric(metric);
      if (values.size() > 0) {
        any = true;
        chart.add(series(name(i, part), values, begin * steps(i)).style(style).color(i));
      }
    }
    return any;
  }

  private boolean has(String metric) {
    return runs.stream().anyMatch(run -> run.metrics().contains(metric));
  }

  private String name(int run, String part) {
    String name = Names.isolated(runs.get(run).name());
    if (part.isEmpty()) {
      return name;
    }
    return runs.size() == 1 ? part : name + ", " + part;
  }

  private double steps(int run) {
    return runs.get(run).history().last(MetricsHistory.STEP).orElse(0);
  }

  private Series series(String name, Metric metric, double firstStep) {
    double[] x = x(metric);
    double[] y = metric.values();
    double[] steps = metric.steps();
    int from = 0;
    while (from < x.length && steps[from] < firstStep) {
      from++;
    }
    return Series.of(
        name, Arrays.copyOfRange(x, from, x.length), Arrays.copyOfRange(y, from, x.length));
  }

  private double[] x(Metric metric) {
    return switch (progress) {
      case STEP -> metric.steps();
      case EPOCH -> metric.epochs();
      case TIME -> Arrays.stream(metric.seconds()).map(s -> s / secondsPerUnit).toArray();
    };
  }

  private Table summary() {
    Table table =
        Table.of(
            "run",
            "steps",
            "epochs",
            "time",
            "last training loss",
            "best validation loss",
            "at step",
            "perplexity at that step",
            "median speed");
    for (LoggedRun run : runs) {
      MetricsHistory history = run.history();
      Metric validation = history.metric(LoggedRun.VALIDATION + LOSS);
      int best = validation.lowest();
      double loss = best < 0 ? Double.NaN : validation.values()[best];
      table =
          table.row(
              Names.isolated(run.name()),
              text(history.last(MetricsHistory.STEP)),
              epochs(history.last(MetricsHistory.EPOCH)),
              time(history.last(MetricsHistory.SECONDS)),
              text(history.last(LOSS)),
              best < 0 ? NONE : Numbers.text(loss),
              best < 0 ? NONE : Numbers.text(validation.steps()[best]),
              best < 0 || !run.metrics().contains(PERPLEXITY) ? NONE : Numbers.text(Math.exp(loss)),
              speed(run));
    }
    return table;
  }

  private static String text(OptionalDouble value) {
    return value.isPresent() ? Numbers.text(value.getAsDouble()) : NONE;
  }

  static String epochs(OptionalDouble value) {
    return value.isPresent() ? Numbers.significant(value.getAsDouble(), 3) : NONE;
  }

  private static String median(double[] values) {
    double[] sorted = Arrays.stream(values).filter(Double::isFinite).sorted().toArray();
    return sorted.length == 0 ? NONE : Numbers.significant(sorted[sorted.length / 2], 3);
  }

  private static String time(OptionalDouble seconds) {
    return seconds.isPresent() ? ModelFacts.time(seconds.getAsDouble()) : NONE;
  }
}
