package org.lm4j.train;

import java.util.OptionalDouble;

/**
 * The result of a training run. The folder then holds the best weights by validation loss, or the
 * last ones where nothing was validated, and a checkpoint from which the run can be resumed.
 *
 * @param finished whether it reached its end, and was not cancelled
 * @param endedEarly whether it ended before its planned length because validations no longer
 *     improved
 * @param steps the number of steps done, those of earlier runs included
 * @param seconds of training, those of earlier runs included
 * @param validationLoss the lowest loss of a validation; empty where there was none
 */
public record TrainingResult(
    boolean finished,
    boolean endedEarly,
    long steps,
    double seconds,
    OptionalDouble validationLoss) {
  /**
   * Trains until the planned end or a cancellation.
   *
   * @param logInterval steps between two lines of the log in the folder
   * @throws TrainingFailure if loss or weights are no longer finite numbers
   */
  public static TrainingResult of(Run<?> run, int logInterval, ProgressListener listener) {
    Trainer trainer = run.trainer();
    ProgressListener.Adapter adapter = new ProgressListener.Adapter(trainer, listener);
    boolean finished = run.train(adapter, logInterval);
    adapter.restoreInterruption();
    return new TrainingResult(
        finished,
        finished && trainer.endsEarly(),
        trainer.step(),
        trainer.seconds(),
        trainer.bestValidationLoss());
  }
}
