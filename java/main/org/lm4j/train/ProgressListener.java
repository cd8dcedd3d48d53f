package org.lm4j.train;

import java.util.OptionalDouble;

/**
 * Receives the progress of a training run after each step and each validation, in the thread that
 * trains. An exception that it throws ends the training and reaches the caller; the last checkpoint
 * stays.
 */
@FunctionalInterface
public interface ProgressListener {
  /** Reports how far the run has come. */
  void progress(Progress progress);

  /** The progress of a training run. Valid during the call of {@link #progress} only. */
  final class Progress {
    private final Trainer trainer;
    private final TrainingListener.StepReport step;
    private final double validationLoss;

    Progress(Trainer trainer, TrainingListener.StepReport step, double validationLoss) {
      this.trainer = trainer;
      this.step = step;
      this.validationLoss = validationLoss;
    }

    /** Returns the number of steps done. */
    public long step() {
      return step.step();
    }

    /** Returns the number of passes over the training data, as a fraction. */
    public double epoch() {
      return step.epoch();
    }

    /** Returns the part of the run that is done, in [0, 1]. */
    public double fraction() {
      return step.fraction();
    }

    /** Returns the loss of the last step: the mean over its targets, in nats for models of text. */
    public double loss() {
      return step.loss();
    }

    /** Returns the learning rate of the last step. */
    public double learningRate() {
      return step.learningRate();
    }

    /** Returns the seconds of training so far, earlier runs of a resumed training included. */
    public double seconds() {
      return step.seconds();
    }

    /** Returns the loss of the last validation; empty where there was none yet. */
    public OptionalDouble validationLoss() {
      return Double.isNaN(validationLoss)
          ? OptionalDouble.empty()
          : OptionalDouble.of(validationLoss);
    }

    /** Ends the run after the step it is in. Everything is saved, and the run can be resumed. */
    public void cancel() {
      trainer.requestStop();
    }
  }

  /** Passes the reports of a trainer on, and ends the run where its thread is interrupted. */
  final class Adapter implements TrainingListener {
    private final Trainer trainer;
    private final ProgressListener listener;
    private StepReport last = new StepReport(new Position(0, 0, 0), 0, 0, 0, 0, 0);
    private double validationLoss = Double.NaN;
    private boolean interrupted;

    Adapter(Trainer trainer, ProgressListener listener) {
      this.trainer = trainer;
      this.listener = listener;
    }

    @Override
    public void step(StepReport report) {
      last = report;
      pass();
    }

    @Override
    public void validation(ValidationReport report) {
      validationLoss = report.loss();
      pass();
    }

    private void pass() {
      stopIfInterrupted();
      listener.progress(new Progress(trainer, last, validationLoss));
      stopIfInterrupted();
    }

    /** Records and clears an interruption, because an interrupted thread cannot write files. */
    private void stopIfInterrupted() {
      if (Thread.interrupted()) {
        interrupted = true;
        trainer.requestStop();
      }
    }

    /** Interrupts the thread again if it was interrupted during the run. */
    void restoreInterruption() {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
