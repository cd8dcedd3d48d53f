package org.lm4j.cli.lm;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.frame.Terminal;
import org.lm4j.cli.options.WatchOptions;
import org.lm4j.cli.report.ProgressLine;
import org.lm4j.io.AtomicFile;
import org.lm4j.io.Json;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.train.Recipe;
import org.lm4j.train.trial.RateFinder;
import org.lm4j.train.trial.TrainingEstimate;
import org.lm4j.train.trial.Trial;
import picocli.CommandLine.Option;

/** What {@code lm train} can say of a training without doing it. */
final class TrialOptions {
  private static final double SECONDS = 3; // of measuring

  @Option(
      names = "--estimate",
      description =
          "Train nothing and write no folder: print weights, memory and, measured over some"
              + " seconds, the time of an epoch and of the whole run.")
  private boolean estimate;

  @Option(
      names = "--find-rate",
      description = {
        "Train nothing and write no folder: try learning rates that grow from step to step until"
            + " the loss diverges, and suggest one (Smith, 2015); --page draws the losses."
      })
  private boolean findRate;

  @Option(
      names = "--json",
      description = "With --estimate and --find-rate: print one JSON object in place of the text.")
  private boolean json;

  /**
   * Returns whether nothing is to be trained.
   *
   * @throws InputException if the options contradict each other
   */
  boolean asked() {
    if (estimate && findRate) {
      throw new InputException("give --estimate or --find-rate, not both.");
    }
    if (json && !estimate && !findRate) {
      throw new InputException("--json goes with --estimate or --find-rate; add one of them.");
    }
    return estimate || findRate;
  }

  /**
   * Checks the options of the page.
   *
   * @param watching what is asked for
   * @throws InputException if there is nothing to draw, or no run to watch
   */
  void requireSense(WatchOptions watching) {
    if (watching.page() != null && !findRate) {
      throw new InputException("--estimate draws no page; leave out --page.");
    }
    if (watching.serves()) {
      throw new InputException("--estimate and --find-rate serve no page; leave out --serve.");
    }
  }

  /**
   * Where results go.
   *
   * @param page the page of rates, or null
   */
  record Outlet(PrintWriter out, PrintWriter err, Terminal terminal, @Nullable Path page) {}

  /** Tries out a training and prints the result. */
  void run(Trial<LanguageModelNetwork> trial, Outlet outlet) {
    PrintWriter out = outlet.out();
    TrialText text = TrialText.of(trial);
    if (estimate) {
      TrainingEstimate found = TrainingEstimate.of(trial, SECONDS);
      if (json) {
        out.println(Json.line(text.values(found)));
      } else {
        text.lines(found).forEach(out::println);
      }
      out.flush();
      found.memory().require();
      return;
    }
    Recipe recipe = trial.plan().recipe();
    RateFinder.Range range = RateFinder.Range.around(recipe.optimizer().name());
    RateFinder.Result result;
    try (ProgressLine line = new ProgressLine(outlet.err(), outlet.terminal())) {
      result =
          RateFinder.run(
              trial.steps(),
              recipe,
              range,
              step -> line.update(() -> "step %d of %d".formatted(step, range.steps())));
    }
    RateReport report = new RateReport(recipe.optimizer().name(), result);
    if (json) {
      out.println(Json.line(report.values()));
    } else {
      report.lines().forEach(out::println);
    }
    out.flush();
    if (outlet.page() != null) {
      AtomicFile.writeBytes(outlet.page(), report.page().getBytes(StandardCharsets.UTF_8));
    }
  }
}
