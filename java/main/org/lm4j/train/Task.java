package org.lm4j.train;

import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.model.Model;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.parallel.Share;

/**
 * A training task: a kind of model, its configuration and its data. A {@link Run} makes the model
 * from it, in a new folder, and trains it; an implementation holds configuration and data, but no
 * memory of a backend.
 *
 * @param <M> the model
 */
public interface Task<M extends Model> {
  /** Returns the kind of model. */
  ModelKind kind();

  /** Writes configuration and lists of a new model. Not called for a run that is resumed. */
  void describe(ModelFiles files);

  /**
   * Makes the model the folder describes, with all weights zero and with gradients.
   *
   * @throws org.lm4j.InputException if the description is damaged
   */
  M create(ModelFiles files, Backend backend);

  /** Sets the initial weights, drawn by the seed. Not called for a run that is resumed. */
  void initialize(M model, ModelFiles files, long seed);

  /**
   * Returns the steps in which the model learns; the caller closes them, but not the model.
   *
   * @throws org.lm4j.InputException if model, data and recipe do not go together
   */
  TrainingTask steps(M model, ModelFiles files, RunPlan plan);

  /**
   * Returns the steps of one of several processes that train the model, each with its rows of every
   * batch; gradients and losses are then those of these rows, to be summed.
   *
   * @throws org.lm4j.InputException if this kind of model is trained by one process only, or a
   *     batch has too few rows
   */
  default TrainingTask steps(M model, ModelFiles files, RunPlan plan, Share share) {
    if (share.isWhole()) {
      return steps(model, files, plan);
    }
    throw new InputException("this kind of model is trained by one process, not by several.");
  }

  /**
   * Returns the exception for a new run whose initial weights or first loss are not finite numbers,
   * which only its options can have caused.
   */
  default RuntimeException unusable(TrainingFailure failure) {
    return failure;
  }
}
