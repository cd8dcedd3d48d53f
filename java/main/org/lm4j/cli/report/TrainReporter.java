package org.lm4j.cli.report;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.lm4j.chart.Numbers;
import org.lm4j.cli.frame.Console;
import org.lm4j.cli.frame.Program;
import org.lm4j.cli.frame.Terminal;
import org.lm4j.cli.frame.Visible;
import org.lm4j.compute.Backend;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.size.SizeAdvice;
import org.lm4j.train.Recipe;
import org.lm4j.train.Run;
import org.lm4j.train.RunLength;
import org.lm4j.train.RunPlan;
import org.lm4j.train.Trainer;
import org.lm4j.train.TrainingListener;
import org.lm4j.train.watch.LivePage;
import org.lm4j.train.watch.RunPace;
import picocli.CommandLine.Model.CommandSpec;

/** Shows a training run: what it begins with, the live line, validations, how it ended. */
public final class TrainReporter implements TrainingListener {
  private static final int MOST_DIGITS = 16; // of a number of the recipe
  private final PrintWriter err;
  private final Subject subject;
  private final RunLength length;
  private final long firstStep;
  private final ProgressLine line;
  private final Forecast forecast;
  private final RunPace pace;
  private double lastValidation = Double.NaN;
  private double bestLoss = Double.POSITIVE_INFINITY;

  /**
   * A description of what is trained.
   *
   * @param lines what to say of data and model at the beginning
   * @param windows whether windows of sequences are learned, whose length is in the recipe
   * @param command that trains
   */
  public record Subject(Run<?> run, List<String> lines, boolean windows, String command) {
    Trainer trainer() {
      return run.trainer();
    }

    RunPlan plan() {
      return run.plan();
    }

    Path folder() {
      return run.files().path();
    }

    /** Returns the same with more lines, after the others. */
    public Subject with(List<String> more) {
      List<String> all = Stream.concat(lines.stream(), more.stream()).toList();
      return new Subject(run, all, windows, command);
    }

    /** Returns a language model. */
    public static Subject of(Run<LanguageModelNetwork> run) {
      return new Subject(run, TextModelLines.of(run), true, Program.name() + " train");
    }
  }

  /**
   * The number of validations that are always printed; after these, at most one every few seconds.
   */
  private static final int EACH_VALIDATION = 20;

  private static final double BETWEEN_VALIDATIONS = 5;

  private final boolean quiet;
  private int validations;
  private double quietUntil;

  private TrainReporter(PrintWriter err, Terminal terminal, Subject subject) {
    this.err = err;
    this.subject = subject;
    this.length = subject.plan().length();
    this.firstStep = subject.trainer().step();
    this.quiet = terminal.quiet();
    this.forecast =
        new Forecast(length, subject.trainer().stepsPerEpoch(), subject.trainer().counted().unit());
    this.line = new ProgressLine(err, terminal);
    this.pace = new RunPace(length, subject.trainer().stepsPerEpoch(), firstStep);
    subject.trainer().bestValidationLoss().ifPresent(loss -> bestLoss = loss);
  }

  /**
   * Trains and reports progress; Ctrl-C saves before it ends.
   *
   * @param logInterval steps between two lines of the log
   * @param watch its page, which shows nothing more afterwards
   * @return whether the run came to its planned end
   */
  public static boolean train(
      CommandSpec spec, Backend backend, Subject subject, int logInterval, RunWatch watch) {
    Trainer trainer = subject.trainer();
    Terminal terminal = Console.of(spec).terminal();
    TrainReporter reporter = new TrainReporter(spec.commandLine().getErr(), terminal, subject);
    reporter.begin(backend);
    watch.begin(trainer, page(subject, backend));
    SavingOnInterrupt saving = new SavingOnInterrupt(trainer);
    try {
      boolean finished = subject.run().train(watch.with(reporter), logInterval);
      reporter.summary(finished);
      watch.ended(finished, trainer);
      return finished;
    } catch (RuntimeException | Error e) {
      watch.failed(e); // before the process may end
      throw e;
    } finally {
      reporter.end();
      saving.done();
    }
  }

  /** Trains in one of several processes whose first one reports; a signal stops them all. */
  public static void trainSilently(Run<?> run) {
    SavingOnInterrupt saving = new SavingOnInterrupt(run.trainer());
    try {
      run.train(
          new TrainingListener() {
            @Override
            public void step(StepReport report) {
              // The first process reports it.
            }

            @Override
            public void validation(ValidationReport report) {
              // The first process reports it.
            }
          },
          1);
    } finally {
      saving.done();
    }
  }

  /** Returns what the page of a run says of it. */
  private static LivePage.Subject page(Subject subject, Backend backend) {
    Map<String, String> facts = new LinkedHashMap<>();
    for (String line : subject.lines()) {
      String[] parts = line.split(" +", 2); // a name and a text
      facts.put(
          parts[0].substring(0, 1).toUpperCase(Locale.ROOT) + parts[0].substring(1), parts[1]);
    }
    facts.put("Recipe", describe(subject.plan().recipe(), subject.windows()));
    facts.putAll(RunFacts.of(subject.folder()));
    facts.put("Device", backend.description().replaceFirst(";.*", ""));
    return new LivePage.Subject(
        facts,
        subject.plan().length(),
        subject.trainer().counted(),
        subject.plan().cadence().samples(),
        RunFacts.bits(subject.run()),
        subject.folder());
  }

  /** Returns a recipe in one line. */
  public static String describe(Recipe recipe) {
    return describe(recipe, true);
  }

  /**
   * Returns a recipe in one line.
   *
   * @param windows whether windows of sequences are learned, whose length counts
   */
  public static String describe(Recipe recipe, boolean windows) {
    Recipe.OptimizerChoice optimizer = recipe.optimizer();
    Recipe.ScheduleChoice schedule = recipe.schedule();
    return "batch %d, %s%s %s%s, %s%s, %s, seed %d"
        .formatted(
            recipe.batch(),
            windows ? "bptt " + recipe.bptt() + ", " : "",
            optimizer.name(),
            plain(optimizer.learningRate()),
            optimizer.weightDecay() > 0 ? ", weight decay " + plain(optimizer.weightDecay()) : "",
            schedule.name(),
            schedule.warmup() > 0 ? " after warm-up " + schedule.warmup() : "",
            clipping(recipe.clip()),
            recipe.seed());
  }

  private static String clipping(Recipe.ClipChoice clip) {
    List<String> limits = new ArrayList<>();
    if (clip.norm() > 0) {
      limits.add("clip " + plain(clip.norm()));
    }
    if (clip.value() > 0) {
      limits.add("clip values " + plain(clip.value()));
    }
    return limits.isEmpty() ? "no clipping" : String.join(", ", limits);
  }

  private static String plain(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e6
        ? Long.toString((long) value)
        : Numbers.significant(value, MOST_DIGITS);
  }

  /** Says what is about to be trained, on what. */
  private void begin(Backend backend) {
    if (quiet) {
      return;
    }
    subject.lines().forEach(err::println);
    err.printf("recipe   %s%n", describe(subject.plan().recipe(), subject.windows()));
    err.printf("device   %s%n", backend.description());
    if (subject.trainer().step() > 0) {
      err.printf(Locale.ROOT, "resumed  at step %,d%n", subject.trainer().step());
    }
    err.flush();
  }

  @Override
  public void note(String note) {
    err.println("note: " + note);
  }

  @Override
  public void step(StepReport report) {
    String time = forecast.after(report);
    if (time != null) {
      line.print(time);
    }
    pace.step(report);
    if (pace.isKnown()) {
      line.update(() -> live(report));
    }
  }

  private String live(StepReport report) {
    // What is looked for most comes first: a narrow terminal cuts off the end.
    return "%3.0f %%  loss %.4f%s  %s %s/s  %s left  epoch %.2f  lr %.3g"
        .formatted(
            100 * report.fraction(),
            pace.loss(),
            perplexityOf(pace.loss(), "  ppl "),
            "%,.0f".formatted(pace.speed()),
            subject.trainer().counted().unit(),
            RunPace.span(pace.secondsLeft()),
            report.epoch(),
            report.learningRate());
  }

  private String perplexityOf(double loss, String before) {
    return subject.trainer().counted().perplexity() ? before + perplexity(loss) : "";
  }

  private static String perplexity(double loss) {
    double value = Math.exp(loss);
    return (value < 1000 ? "%.2f" : value < 1e9 ? "%.0f" : "%.3g").formatted(value);
  }

  @Override
  public void sample(SampleReport report) {
    line.print(
        String.format(
            Locale.ROOT,
            "sample of step %,d at temperature %s:%n%s%s%n",
            report.step(),
            report.temperature(),
            report.prompt(),
            report.text()));
  }

  @Override
  public void validation(ValidationReport report) {
    bestLoss = Math.min(bestLoss, report.loss());
    lastValidation = report.loss();
    if (++validations > EACH_VALIDATION && subject.trainer().seconds() < quietUntil) {
      return; // the log has all
    }
    quietUntil = subject.trainer().seconds() + BETWEEN_VALIDATIONS;
    line.print(
        "epoch %.2f  validation loss %.4f%s%s%s"
            .formatted(
                report.epoch(),
                report.loss(),
                perplexityOf(report.loss(), "  ppl "),
                report.accuracy() == null
                    ? ""
                    : "  accuracy %.2f %%".formatted(100 * report.accuracy()),
                report.best() ? "  best so far, kept" : ""));
  }

  /** Says how it ended. */
  private void summary(boolean finished) {
    line.close();
    if (quiet && finished) {
      return;
    }
    String command =
        subject.command() + " --resume --model " + Program.quoted(subject.folder().toString());
    if (!finished) {
      err.printf(
          Locale.ROOT,
          "stopped at step %,d; everything is saved. Continue: %s%n",
          subject.trainer().step(),
          command);
    } else if (firstStep > 0 && subject.trainer().step() == firstStep) {
      err.printf(
          Locale.ROOT,
          "nothing left to do: %s; continue with: %s %s%n",
          ended(),
          command,
          subject.trainer().endsEarly() ? "--stop-after 0" : "--epochs N");
    } else {
      err.printf(
          Locale.ROOT,
          "%s at step %,d%s; model in %s%n",
          subject.trainer().endsEarly() ? "ended early" : "done",
          subject.trainer().step(),
          subject.trainer().endsEarly() ? ", since " + withoutImprovement() : "",
          Visible.name(subject.folder().toString()));
    }
    bestValidation();
    advise(finished);
    err.flush();
  }

  /** Returns why a resumed run has nothing to do. */
  private String ended() {
    Trainer trainer = subject.trainer();
    Double seconds = length.seconds();
    if (trainer.endsEarly()) {
      return withoutImprovement();
    }
    if (seconds != null && firstStep < length.totalSteps(trainer.stepsPerEpoch())) {
      return "of the %s that it may take, all runs together, %s are spent"
          .formatted(RunPace.span(seconds), RunPace.span(trainer.seconds()));
    }
    return String.format(
        Locale.ROOT, "the run has done %,d steps, as many as it is to do", firstStep);
  }

  private String withoutImprovement() {
    Integer allowed = subject.plan().cadence().stopAfter();
    return allowed != null && allowed == 1
        ? "the last validation was no improvement"
        : "the last %d validations were no improvement".formatted(allowed);
  }

  private void bestValidation() {
    if (subject.trainer().validates() && Double.isFinite(bestLoss)) {
      err.printf(
          "best validation loss %.4f%s: these weights are in model.safetensors%n",
          bestLoss, perplexityOf(bestLoss, ", perplexity "));
    }
  }

  /** Says whether another size would do better, by the losses of a language model at its end. */
  private void advise(boolean finished) {
    if (finished
        && subject.run().model() instanceof LanguageModelNetwork model
        && !model.config().output().isSampled()
        && subject.trainer().step() >= subject.trainer().stepsPerEpoch()) {
      String advice = SizeAdvice.after(pace.loss(), lastValidation);
      if (advice != null) {
        err.println("advice: " + advice);
      }
    }
  }

  /** Removes the progress line, however the run ended. */
  private void end() {
    line.close();
  }
}
