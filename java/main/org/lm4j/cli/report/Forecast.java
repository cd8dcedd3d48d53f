package org.lm4j.cli.report;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.lm4j.train.RunLength;
import org.lm4j.train.TrainingListener.StepReport;
import org.lm4j.train.watch.RunPace;

/**
 * How long a training will take, measured from one second after its first step to two seconds
 * later: in the first second, code is being compiled. Nothing is said of a run of less than a
 * minute.
 */
final class Forecast {
  private static final double WARM_UP = 1;
  private static final double MEASURED = 2;
  private static final double SHORT = 60;

  private final RunLength length;
  private final long stepsPerEpoch;
  private final String unit;
  private @Nullable StepReport first;
  private @Nullable StepReport warm;
  private long passed; // since warm
  private boolean over;

  /** Creates the forecast of a run whose losses are of this unit, in the plural. */
  Forecast(RunLength length, long stepsPerEpoch, String unit) {
    this.length = length;
    this.stepsPerEpoch = stepsPerEpoch;
    this.unit = unit;
  }

  /** Takes the next step; returns the forecast once, when it can be made, else null. */
  @Nullable String after(StepReport report) {
    if (over) {
      return null;
    }
    if (first == null) {
      first = report;
      return null;
    }
    StepReport from = warm;
    if (from == null) {
      warm = report.seconds() - first.seconds() >= WARM_UP ? report : null;
      return null;
    }
    passed += report.tokens();
    double spent = report.seconds() - from.seconds();
    if (spent < MEASURED) {
      return null;
    }
    over = true;
    double perStep = spent / (report.step() - from.step());
    double left = left(report, perStep);
    return report.seconds() - first.seconds() + left < SHORT
        ? null
        : String.format(
            Locale.ROOT,
            "time     about %s per epoch at %,.0f %s/s, %s in all",
            RunPace.span(perStep * stepsPerEpoch),
            passed / spent,
            unit,
            RunPace.span(report.seconds() + left));
  }

  private double left(StepReport report, double perStep) {
    long steps = length.totalSteps(stepsPerEpoch);
    double bySteps =
        steps == Long.MAX_VALUE
            ? Double.POSITIVE_INFINITY
            : Math.max(0, steps - report.step()) * perStep;
    Double limit = length.seconds();
    return limit == null ? bySteps : Math.min(bySteps, Math.max(0, limit - report.seconds()));
  }
}
