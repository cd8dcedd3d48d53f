package org.lm4j.train.watch;

import org.lm4j.train.RunLength;
import org.lm4j.train.TrainingListener.StepReport;

/** The pace of a run: its smoothed loss, its speed, and the time that it will still take. */
public final class RunPace {
  private static final double SMOOTHING = 0.98; // of the loss
  private static final double INTERVAL = 2; // seconds over which speed is measured

  private final RunLength length;
  private final long stepsPerEpoch;
  private final long firstStep;
  private double loss = Double.NaN;
  private long tokens; // but for the first step's, whose time is unknown
  private long firstTokens;
  private double firstSeconds = Double.NaN;
  private double since;
  private long tokensSince;
  private double speed;
  private double seconds;
  private long step;

  /**
   * Creates the pace of a run that has not begun in this process.
   *
   * @param firstStep steps done by earlier processes
   */
  public RunPace(RunLength length, long stepsPerEpoch, long firstStep) {
    this.length = length;
    this.stepsPerEpoch = stepsPerEpoch;
    this.firstStep = firstStep;
  }

  /** Takes the report of the next step. */
  public void step(StepReport report) {
    step = report.step();
    seconds = report.seconds();
    loss = Double.isNaN(loss) ? report.loss() : SMOOTHING * loss + (1 - SMOOTHING) * report.loss();
    if (Double.isNaN(firstSeconds)) {
      firstSeconds = seconds;
      since = seconds;
      firstTokens = report.tokens();
    } else {
      tokens += report.tokens();
      tokensSince += report.tokens();
    }
    double spent = seconds - since;
    if (spent > INTERVAL) {
      speed = tokensSince / spent;
      tokensSince = 0;
      since = seconds;
    }
  }

  /** Returns whether the speed is known: not after a single step. */
  public boolean isKnown() {
    return seconds > firstSeconds;
  }

  /** Returns the smoothed loss of the steps; NaN before the first. */
  public double loss() {
    return loss;
  }

  /** Returns how many of what is counted the run goes through per second; 0 if unknown. */
  public double speed() {
    return speed > 0 ? speed : isKnown() ? tokens / (seconds - firstSeconds) : 0;
  }

  /** Returns the seconds that the run will still take, infinite if they are not known. */
  public double secondsLeft() {
    double left = Double.POSITIVE_INFINITY;
    if (length.seconds() != null) {
      left = length.seconds() - seconds;
    }
    long total = length.totalSteps(stepsPerEpoch);
    double now = speed();
    if (total < Long.MAX_VALUE && now > 0) {
      double tokensOfStep = (double) (tokens + firstTokens) / (step - firstStep);
      left = Math.min(left, (total - step) * tokensOfStep / now);
    }
    return Math.max(0, left);
  }

  /** Formats seconds as {@code 12s}, {@code 3m05s}, {@code 2h10m}; {@code ?} if infinite. */
  public static String span(double seconds) {
    if (!Double.isFinite(seconds)) {
      return "?";
    }
    long whole = Math.round(seconds);
    if (whole < 60) {
      return whole + "s";
    }
    return whole < 3600
        ? "%dm%02ds".formatted(whole / 60, whole % 60)
        : "%dh%02dm".formatted(whole / 3600, whole % 3600 / 60);
  }
}
