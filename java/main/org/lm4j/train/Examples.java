package org.lm4j.train;

import org.jspecify.annotations.Nullable;
import org.lm4j.compute.RandomKey;
import org.lm4j.optim.WeightUpdate;
import org.lm4j.tensor.Tensor;

/**
 * What a {@link BatchTask} learns from: examples with numbers from 0 on, and how a model computes
 * the loss of a batch of them. Owns its workspaces, not the model.
 */
public interface Examples extends AutoCloseable {
  /** Number of examples to train on, at least 1. */
  int count();

  /**
   * Steps an example takes, where that differs: examples of similar length are put into one batch.
   */
  default int length(int example) {
    return 1;
  }

  /** Tells the training data from others: a run goes on with the data it began with. */
  String hash();

  /** The training data as a message calls them, a path say. */
  String name();

  /** What the losses are the losses of. */
  Unit counted();

  /**
   * Chooses the examples of a step, and what randomness it draws from.
   *
   * @param chosen different ones, at least one; kept by the caller as it is
   * @return number of targets whose losses are added up, at least 1
   */
  int prepare(int[] chosen, RandomKey key);

  /**
   * Asks the backend for the step prepared, as {@link TrainingTask#compute} says.
   *
   * @param lossSum {@code (1)}; overwritten with the sum of the losses
   */
  void compute(Tensor lossSum);

  /** As {@link TrainingTask#passed} says. */
  default int passed(int targets) {
    return targets;
  }

  /** Whether some of the weights are to stay as they are: the recipe must not decay them. */
  default boolean freezes() {
    return false;
  }

  /** What moves the weights, where that is not the recipe's optimizer over all of them; or null. */
  default @Nullable WeightUpdate update() {
    return null;
  }

  /** Tells the data held out from others; null where there are none. */
  @Nullable String validationHash();

  /** Whether there are held-out data. */
  boolean validates();

  /**
   * Scores the held-out data.
   *
   * @throws IllegalStateException if there are none
   */
  TrainingTask.Validation validate();

  @Override
  void close();
}
