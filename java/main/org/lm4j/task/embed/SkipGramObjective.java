package org.lm4j.task.embed;

import org.jspecify.annotations.Nullable;
import org.lm4j.compute.RandomKey;
import org.lm4j.optim.WeightUpdate;
import org.lm4j.tensor.Tensor;

/** Trains a skip-gram model on words and their context words by one objective. */
interface SkipGramObjective extends AutoCloseable {
  /** Creates the implementation of the model's objective. */
  static SkipGramObjective of(SkipGram model, NoiseTable noise) {
    return model.config().draws() ? new NegativeSampling(model, noise) : new FullSoftmax(model);
  }

  /** Removes all pairs added before. */
  void clear();

  /**
   * Adds a word.
   *
   * @param place its position in the text
   * @param near its {@code count} context words, from index 0; copied
   * @param key the key of the random draws, together with the position
   */
  void add(long place, int word, int[] near, int count, RandomKey key);

  /** Returns the number of pairs added. */
  int pairs();

  /** Writes the sum of their losses to {@code lossSum (1)}. */
  void loss(Tensor lossSum);

  /** Computes gradients, and writes the sum of the losses to {@code lossSum (1)}. */
  void train(Tensor lossSum);

  /** Returns the weight update, if it is not an optimizer over all weights. */
  @Nullable WeightUpdate update();

  @Override
  void close();
}
