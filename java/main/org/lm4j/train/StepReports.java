package org.lm4j.train;

import org.jspecify.annotations.Nullable;
import org.lm4j.tensor.Tensor;

/**
 * The results of steps on their way from the device to the listener and the log: read back several
 * at a time, checked, reported in order, and averaged over the intervals of the log.
 */
final class StepReports implements AutoCloseable {
  private final TrainingTask task;
  private final RunLength length;
  private final DeferredMetrics readings;
  private double reportedSeconds;
  private double intervalLoss;
  private long intervalTokens;
  private long intervalPassed; // of this process: for speed alone

  /** What is called with a result that is not a finite number; throws. */
  @FunctionalInterface
  interface Divergence {
    /**
     * Ends the run.
     *
     * @param what the number and what it became
     * @param step at which it did
     */
    TrainingFailure of(String what, long step);
  }

  StepReports(TrainingTask task, RunLength length) {
    this.task = task;
    this.length = length;
    this.readings = new DeferredMetrics(task.backend());
  }

  /** Continues the interval of the log that a run was in. */
  void resume(TrainingProgress progress) {
    intervalLoss = progress.intervalLoss();
    intervalTokens = progress.intervalTokens();
  }

  /** Sets the seconds of training at which the next step begins. */
  void beginAt(double seconds) {
    reportedSeconds = seconds;
  }

  /**
   * Keeps the results of a step on the device.
   *
   * @param lossSum {@code (1)}: sum of its losses
   * @param norm {@code (2)}: norm of its gradients, factor applied
   * @param rate its learning rate
   * @param scored number of its targets
   */
  void add(Tensor lossSum, Tensor norm, double rate, int scored) {
    readings.add(lossSum, norm, rate, scored, task.passed(scored));
  }

  /** Returns whether they must be passed on before another step. */
  boolean areFull() {
    return readings.isFull();
  }

  /**
   * Reads back the results of the steps since the last call and passes them on, in order. Where
   * that are several, the time they took together is shared out evenly.
   *
   * @param step steps done
   * @param seconds of training so far
   * @param last whether no step follows
   * @param divergence makes the exception for a result that is not a finite number
   */
  void pass(
      long step,
      double seconds,
      boolean last,
      TrainingListener listener,
      MetricsLog log,
      Divergence divergence) {
    int count = readings.read();
    double before = reportedSeconds;
    reportedSeconds = seconds;
    for (int i = 0; i < count; i++) {
      long done = step - count + i + 1;
      double loss = readings.lossSum(i) / readings.scored(i);
      String broken = broken(loss, readings.norm(i));
      if (broken != null) {
        throw divergence.of(broken, done);
      }
      intervalLoss += readings.lossSum(i);
      intervalTokens += readings.scored(i);
      intervalPassed += readings.passed(i);
      double at = before + (reportedSeconds - before) * (i + 1) / count;
      TrainingListener.StepReport report =
          new TrainingListener.StepReport(
              length.position(done, at, task.stepsPerEpoch()),
              loss,
              readings.rate(i),
              readings.norm(i),
              readings.passed(i),
              at);
      log(report, log, last && i == count - 1);
      listener.step(report);
    }
    readings.clear();
  }

  private static @Nullable String broken(double loss, double norm) {
    if (!Double.isFinite(loss)) {
      return "loss became " + loss;
    }
    return Double.isFinite(norm) ? null : "gradient norm became " + norm;
  }

  private void log(TrainingListener.StepReport report, MetricsLog log, boolean last) {
    if (last || log.due(report.step())) {
      log.training(report, intervalLoss / intervalTokens, intervalPassed);
      intervalLoss = 0;
      intervalTokens = 0;
      intervalPassed = 0;
    }
  }

  /** Returns the sum of the losses since the last line of the log. */
  double intervalLoss() {
    return intervalLoss;
  }

  /** Returns the targets since the last line of the log. */
  long intervalTokens() {
    return intervalTokens;
  }

  @Override
  public void close() {
    readings.close();
  }
}
