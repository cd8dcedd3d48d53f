package org.lm4j.cli.plot;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.lm4j.chart.LineChart.Best;
import org.lm4j.chart.Names;
import org.lm4j.chart.Numbers;
import org.lm4j.chart.Page;
import org.lm4j.chart.Table;
import org.lm4j.cli.report.ModelFacts;
import org.lm4j.train.log.MetricsHistory;
import org.lm4j.train.log.MetricsHistory.Metric;

/** The figures of runs that matter most, in large type, and what was trained. */
final class RunFigures {
  private final List<LoggedRun> runs;

  RunFigures(List<LoggedRun> runs) {
    this.runs = runs;
  }

  /** Adds record and figures of a single run, or the best figure of several. */
  void addTo(Page page) {
    if (runs.size() == 1) {
      page.facts(ModelFacts.of(runs.getFirst().path()));
      figures(page, runs.getFirst());
    } else {
      best(page);
    }
  }

  private static void figures(Page page, LoggedRun run) {
    MetricsHistory history = run.history();
    boolean perplexities = run.metrics().contains(TrainingPage.PERPLEXITY);
    Metric validation = history.metric(LoggedRun.VALIDATION + TrainingPage.LOSS);
    int best = validation.lowest();
    if (best >= 0) {
      double loss = validation.values()[best];
      double last = validation.values()[validation.size() - 1];
      String at = place(validation, best);
      page.figure(
          perplexities ? "Validation perplexity" : "Validation loss",
          Numbers.rounded(perplexities ? Math.exp(loss) : loss, 4),
          (last <= loss ? "best and last, " + at : "best, " + at)
              + (perplexities ? ", loss " + Numbers.rounded(loss, 4) : ""));
    }
    run.metrics().stream()
        .filter(
            metric ->
                metric.startsWith(LoggedRun.VALIDATION)
                    && TrainingPage.best(metric) == Best.HIGHEST)
        .findFirst()
        .ifPresent(metric -> highest(page, metric, history.metric(metric)));
    history
        .last(TrainingPage.LOSS)
        .ifPresent(
            loss ->
                page.figure(
                    perplexities ? "Training perplexity" : "Training loss",
                    Numbers.rounded(perplexities ? Math.exp(loss) : loss, 4),
                    "last" + (perplexities ? ", loss " + Numbers.rounded(loss, 4) : "")));
    history
        .last(MetricsHistory.STEP)
        .ifPresent(
            step ->
                page.figure(
                    "Steps", Numbers.text(step), epochs(history.last(MetricsHistory.EPOCH))));
    history
        .last(MetricsHistory.SECONDS)
        .ifPresent(
            seconds ->
                page.figure(
                    "Training time",
                    ModelFacts.time(seconds),
                    TrainingPage.speed(run).equals(TrainingPage.NONE)
                        ? ""
                        : TrainingPage.speed(run)));
  }

  /** Adds the lowest validation loss of several runs. */
  private void best(Page page) {
    double lowest = Double.POSITIVE_INFINITY;
    LoggedRun found = null;
    long texts =
        runs.stream()
            .map(run -> ModelFacts.of(run.path()).getOrDefault("Text", ""))
            .distinct()
            .count();
    if (texts > 1) { // losses on different texts do not compare
      return;
    }
    for (LoggedRun run : runs) {
      Metric validation = run.history().metric(LoggedRun.VALIDATION + TrainingPage.LOSS);
      int at = validation.lowest();
      if (at >= 0 && validation.values()[at] < lowest) {
        lowest = validation.values()[at];
        found = run;
      }
    }
    if (found != null) {
      boolean perplexity = found.metrics().contains(TrainingPage.PERPLEXITY);
      page.figure(
          perplexity ? "Lowest validation perplexity" : "Lowest validation loss",
          Numbers.rounded(perplexity ? Math.exp(lowest) : lowest, 4),
          Names.isolated(found.name()));
    }
  }

  /** Adds a table of the model, corpus and recipe of each run whose folder has them. */
  void addRecipes(Page page) {
    Table table = Table.of("run", "model", "corpus", "recipe");
    for (LoggedRun run : runs) {
      Map<String, String> facts = ModelFacts.of(run.path());
      if (facts.containsKey("Model")) {
        table =
            table.row(
                Names.isolated(run.name()),
                facts.getOrDefault("Model", TrainingPage.NONE),
                facts.getOrDefault("Corpus", facts.getOrDefault("Text", TrainingPage.NONE)),
                facts.getOrDefault("Recipe", TrainingPage.NONE));
      }
    }
    if (!table.rows().isEmpty()) {
      page.table("Models and recipes", table);
    }
  }

  private static String epochs(OptionalDouble epochs) {
    String number = TrainingPage.epochs(epochs);
    return epochs.isEmpty() ? "" : number + (number.equals("1") ? " epoch" : " epochs");
  }

  private static void highest(Page page, String name, Metric metric) {
    int best = metric.highest();
    if (best >= 0) {
      page.figure(
          TrainingPage.capital(name.replace('_', ' ')),
          Numbers.rounded(metric.values()[best], 4),
          place(metric, best));
    }
  }

  private static String place(Metric metric, int index) {
    double epoch = metric.epochs()[index];
    return Double.isFinite(epoch)
        ? "in epoch " + Numbers.significant(epoch, 3)
        : "at step " + Numbers.text(metric.steps()[index]);
  }
}
