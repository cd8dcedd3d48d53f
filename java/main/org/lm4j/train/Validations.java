package org.lm4j.train;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.parallel.Communicator;

/** The validations of a run: when one is due, and the losses so far. */
final class Validations {
  private final TrainingTask task;
  private final Cadence cadence;
  private final List<Double> losses = new ArrayList<>();
  private @Nullable Integer bestFrom; // see TrainingProgress
  private long scoredStep = -1;

  Validations(TrainingTask task, Cadence cadence) {
    this.task = task;
    this.cadence = cadence;
  }

  /** Continues with the validations of a run so far. */
  void resume(TrainingProgress progress) {
    losses.clear();
    losses.addAll(progress.validationLosses());
    bestFrom = progress.bestFrom();
  }

  /** Returns the losses so far, oldest first; a view. */
  List<Double> losses() {
    return Collections.unmodifiableList(losses);
  }

  /** Returns the first validation that competes for the best weights; null for all. */
  @Nullable Integer bestFrom() {
    return bestFrom;
  }

  /**
   * Returns whether the held-out data are to be scored after a step.
   *
   * @param over whether no step follows
   */
  boolean areDue(long step, boolean over) {
    if (!task.validates()) {
      return false;
    }
    long asked = cadence.validationSteps();
    long every = asked > 0 ? asked : task.stepsPerEpoch();
    return over || step % every == 0;
  }

  /** Returns whether the held-out data were scored after a step by this process. */
  boolean areDone(long step) {
    return scoredStep == step;
  }

  /**
   * Scores the held-out data.
   *
   * @param ranks the processes of the run, each of which calls this
   * @param divergence makes the exception for a loss that is not a finite number
   * @throws InputException if nothing of them can be scored
   */
  TrainingTask.Validation score(Communicator ranks, long step, StepReports.Divergence divergence) {
    TrainingTask.Validation score = task.validate(ranks);
    if (score.targets() == 0) {
      throw new InputException(
          "nothing of the held-out data can be scored; hold out more, or other data, or nothing");
    }
    if (!Double.isFinite(Math.exp(score.loss()))) { // no model predicts as badly as that
      throw divergence.of("validation loss became " + score.loss(), step);
    }
    losses.add(score.loss());
    scoredStep = step;
    return score;
  }
}
