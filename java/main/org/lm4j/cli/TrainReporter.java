package org.lm4j.cli;

import java.io.PrintWriter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.model.ModelConfig;
import org.lm4j.text.TokenFile;
import org.lm4j.train.Recipe;
import org.lm4j.train.RunLength;
import org.lm4j.train.TrainingListener;
import org.lm4j.train.TrainingRun;

/** Shows a training run: what it begins with, the live line, validations, how it ended. */
final class TrainReporter implements TrainingListener {
  private static final double SMOOTHING = 0.98; // of the loss shown

  private final PrintWriter err;
  private final TrainingRun run;
  private final RunLength length;
  private final long firstStep;
  private final ProgressLine line;
  private double smoothLoss = Double.NaN;
  private double bestLoss = Double.POSITIVE_INFINITY;
  private long tokens;
  private double firstSeconds = Double.NaN;
  private double rateSince;
  private long rateTokens;
  private double rate;

  TrainReporter(PrintWriter err, Terminal terminal, TrainingRun run) {
    this.err = err;
    this.run = run;
    this.length = run.plan().length();
    this.firstStep = run.trainer().step();
    this.line = new ProgressLine(err, terminal);
    run.trainer().validationLosses().forEach(loss -> bestLoss = Math.min(bestLoss, loss));
  }

  /** A recipe in one line. */
  static String describe(Recipe recipe) {
    Recipe.OptimizerChoice optimizer = recipe.optimizer();
    Recipe.ScheduleChoice schedule = recipe.schedule();
    return "batch %d, bptt %d, %s %s%s, %s%s, clip %s%s, seed %d"
        .formatted(
            recipe.batch(),
            recipe.bptt(),
            optimizer.name(),
            plain(optimizer.learningRate()),
            optimizer.weightDecay() > 0 ? ", weight decay " + plain(optimizer.weightDecay()) : "",
            schedule.name(),
            schedule.warmup() > 0 ? " after warm-up " + schedule.warmup() : "",
            plain(recipe.clip().norm()),
            recipe.clip().value() > 0 ? "/" + plain(recipe.clip().value()) : "",
            recipe.seed());
  }

  private static String plain(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e6
        ? Long.toString((long) value)
        : Double.toString(value);
  }

  /** Says what is about to be trained, on what. */
  void begin(Backend backend) {
    ModelConfig config = run.model().config();
    TokenFile valid = run.validation();
    err.printf(
        Locale.ROOT,
        "corpus   %,d %s tokens, %,d different%s%n",
        run.training().size(),
        run.vocabulary().level().label(),
        run.vocabulary().size(),
        valid == null ? ", no validation text" : ", %,d held out".formatted(valid.size()));
    err.printf(
        Locale.ROOT,
        "model    %s %d × %d, embedding %d%s%s: %,d weights%n",
        config.cell().label(),
        config.layers(),
        config.hidden(),
        config.embedding(),
        config.tied() ? ", tied" : "",
        config.dropout() > 0 ? ", dropout " + config.dropout() : "",
        run.model().parameters().count());
    err.printf("recipe   %s%n", describe(run.plan().recipe()));
    err.printf("device   %s%n", backend.description());
    if (run.trainer().step() > 0) {
      err.printf(Locale.ROOT, "resumed  at step %,d%n", run.trainer().step());
    }
    err.flush();
  }

  @Override
  public void step(StepReport report) {
    smoothLoss =
        Double.isNaN(smoothLoss)
            ? report.loss()
            : SMOOTHING * smoothLoss + (1 - SMOOTHING) * report.loss();
    if (Double.isNaN(firstSeconds)) {
      firstSeconds = report.seconds();
      rateSince = report.seconds();
    } else {
      tokens += report.tokens();
      rateTokens += report.tokens();
    }
    double spent = report.seconds() - rateSince;
    if (spent > 2) {
      rate = rateTokens / spent;
      rateTokens = 0;
      rateSince = report.seconds();
    }
    line.update(() -> live(report));
  }

  private String live(StepReport report) {
    double shown = rate > 0 ? rate : overallRate(report.seconds());
    return "%3.0f %%  epoch %.2f  loss %.4f  ppl %s  %s tokens/s  lr %.3g  %s left"
        .formatted(
            100 * report.fraction(),
            report.epoch(),
            smoothLoss,
            perplexity(smoothLoss),
            "%,.0f".formatted(shown),
            report.learningRate(),
            timeLeft(report));
  }

  private double overallRate(double seconds) {
    return seconds > firstSeconds ? tokens / (seconds - firstSeconds) : 0;
  }

  private static String perplexity(double loss) {
    double value = Math.exp(loss);
    return value < 1000 ? "%.2f".formatted(value) : "%.0f".formatted(value);
  }

  private String timeLeft(StepReport report) {
    double left = Double.POSITIVE_INFINITY;
    if (length.seconds() != null) {
      left = length.seconds() - report.seconds();
    }
    long total = length.totalSteps(run.trainer().stepsPerEpoch());
    double shown = rate > 0 ? rate : overallRate(report.seconds());
    if (total < Long.MAX_VALUE && shown > 0) {
      left = Math.min(left, (total - report.step()) * (double) report.tokens() / shown);
    }
    return Double.isFinite(left) ? span(Math.max(0, left)) : "?";
  }

  /** Seconds as {@code 12s}, {@code 3m05s}, {@code 2h10m}. */
  static String span(double seconds) {
    long whole = Math.round(seconds);
    if (whole < 60) {
      return whole + "s";
    }
    return whole < 3600
        ? "%dm%02ds".formatted(whole / 60, whole % 60)
        : "%dh%02dm".formatted(whole / 3600, whole % 3600 / 60);
  }

  @Override
  public void validation(ValidationReport report) {
    bestLoss = Math.min(bestLoss, report.loss());
    line.print(
        "epoch %.2f  validation loss %.4f  ppl %s%s"
            .formatted(
                report.epoch(),
                report.loss(),
                perplexity(report.loss()),
                report.best() ? "  best so far, kept" : ""));
  }

  /** Says how it ended. */
  void summary(boolean finished) {
    line.close();
    String command = "lm train --resume --model " + quoted(run.folder().path().toString());
    if (!finished) {
      err.printf(
          Locale.ROOT,
          "stopped at step %,d; everything is saved. Go on with: %s%n",
          run.trainer().step(),
          command);
    } else if (firstStep > 0 && run.trainer().step() == firstStep) {
      err.printf(
          Locale.ROOT,
          "nothing left to do: the run had come to its end at step %,d; go further with: %s --epochs"
              + " N%n",
          firstStep,
          command);
    } else {
      err.printf(
          Locale.ROOT,
          "done at step %,d; model in %s%n",
          run.trainer().step(),
          run.folder().path());
    }
    bestValidation();
    err.flush();
  }

  /** As a shell understands it. */
  private static String quoted(String path) {
    return path.matches("[\\w./:@%+=,-]+") ? path : "'" + path.replace("'", "'\\''") + "'";
  }

  private void bestValidation() {
    @Nullable TokenFile valid = run.validation();
    if (valid != null && Double.isFinite(bestLoss)) {
      err.printf(
          "best validation loss %.4f, perplexity %s: these weights are in model.safetensors%n",
          bestLoss, perplexity(bestLoss));
    }
  }

  /** Takes the live line away, however the run ended. */
  void end() {
    line.close();
  }
}
