package org.lm4j.train;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.update.SparseGradient;
import org.lm4j.nn.Parameters;
import org.lm4j.optim.Optimizer;
import org.lm4j.optim.WeightUpdate;
import org.lm4j.parallel.Communicator;
import org.lm4j.tensor.Tensor;

/**
 * The task of a {@link Trainer}: weights, data in steps, and the computation of losses and
 * gradients of one step. A model is trained, resumed and validated once it has one of these.
 */
public interface TrainingTask extends AutoCloseable {
  /** Returns the backend. */
  Backend backend();

  /** Returns the weights and their gradients. */
  Parameters parameters();

  /** Returns the number of steps of one pass over the training data, at least 1. */
  long stepsPerEpoch();

  /**
   * Returns the number of words that one pass goes through, for models that are saved by amount of
   * text; 0 if that has no meaning. May take as long as reading the data once.
   */
  default long wordsPerEpoch() {
    return 0;
  }

  /** Returns a hash of the training data: a run resumes only with the data it began with. */
  String dataHash();

  /** Returns the training data as a message calls them, a path say. */
  String dataName();

  /** Returns the unit of the losses. */
  Unit counted();

  /**
   * Chooses the data of a step, and what randomness it draws from. The same step gets the same data
   * regardless of what came before.
   *
   * @param step counts from 0
   * @return number of targets whose losses are added up, at least 1
   */
  int prepare(long step, RandomKey key);

  /**
   * Computes the prepared step on the backend: accumulates the gradients of the mean loss into
   * those of the parameters, which are zero before. The same operations on the same memory for
   * every step of the same shape, so that a backend can repeat them.
   *
   * @param lossSum {@code (1)}; overwritten with the sum of the losses
   */
  void compute(Tensor lossSum);

  /**
   * Computes the prepared step as {@link #compute(Tensor)} does, in one of several processes.
   *
   * @param done receives parts of the gradients that this step does not change any more while it
   *     computes others, as {@link org.lm4j.parallel.StepExchange#begin} wants them: the same in
   *     every process
   */
  default void compute(Tensor lossSum, Consumer<Tensor> done) {
    compute(lossSum);
  }

  /**
   * Returns how many of what {@link #counted} names the step prepared goes through, the unit of
   * reported speeds.
   *
   * @param targets of that step, which they are unless said otherwise
   */
  default int passed(int targets) {
    return targets;
  }

  /** Creates the weight update; the caller closes it. */
  default WeightUpdate update(Recipe recipe) {
    return new Optimizer(
        backend(), parameters(), recipe.optimizer().rule(), recipe.clip().clipping());
  }

  /** Accepts the computed step: carried state moves on to the next one. */
  void advance();

  /**
   * Returns the tensors that resuming needs besides weights and moments, by their names in a
   * checkpoint.
   */
  Map<String, Tensor> carried();

  /**
   * Returns the gradients of the step prepared where they are zero in most rows of some tables in
   * every process of a run; null where all of them are to be exchanged.
   */
  default @Nullable SparseGradient exchanged() {
    return null;
  }

  /**
   * Brings {@link #carried} up to date where each process carries the state of some rows. Every
   * process of a run calls it.
   */
  default void collect(Communicator ranks) {}

  /** Takes the rows of this process from {@link #carried}, once that is restored. */
  default void distribute() {}

  /** Returns whether there are held-out data. */
  boolean validates();

  /**
   * Scores the held-out data.
   *
   * @throws IllegalStateException if there are none
   */
  Validation validate();

  /**
   * Scores the held-out data in several processes, each a part where it can be divided, else all of
   * it. Every process calls this, and gets the same result.
   *
   * @throws IllegalStateException if there are none
   */
  default Validation validate(Communicator ranks) {
    return validate();
  }

  /** Returns whether the task generates texts of a {@link SamplePlan}. */
  default boolean generates() {
    return false;
  }

  /**
   * Generates a text for each temperature with the weights as they are now. Nothing of the training
   * depends on it.
   *
   * @throws IllegalStateException if the task generates none, or the plan has no samples
   */
  default List<String> sample(List<Double> temperatures) {
    throw new IllegalStateException("no samples at " + temperatures);
  }

  /**
   * Writes the weights as they are now into a folder, under the name they have in a model folder.
   *
   * @param unfinished how far the run has come if it has validated nothing yet, else null; see
   *     {@link org.lm4j.model.ModelFiles#saveWeights}
   */
  void saveWeights(Path into, @Nullable String unfinished);

  @Override
  void close();

  /** Returns a hash of the held-out data; null if there are none. */
  @Nullable String validationHash();

  /**
   * The result of a validation.
   *
   * @param loss mean over the targets; the lower the better
   * @param targets scored
   * @param accuracy part of the targets that were predicted, in [0, 1]; null where it is not asked
   */
  record Validation(double loss, long targets, @Nullable Double accuracy) {
    /** Creates a result without accuracy. */
    public Validation(double loss, long targets) {
      this(loss, targets, null);
    }

    /**
     * Returns this validation after checking that it can be printed.
     *
     * @throws org.lm4j.compute.BackendException if the loss is not a finite number
     */
    public Validation checked() {
      Finite.loss(loss);
      return this;
    }
  }
}
