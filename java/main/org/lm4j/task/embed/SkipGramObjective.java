package org.lm4j.task.embed;

import org.jspecify.annotations.Nullable;
import org.lm4j.compute.RandomKey;
import org.lm4j.optim.WeightUpdate;
import org.lm4j.tensor.Tensor;

/** How a skip-gram model learns from words and what stands near them, by one objective. */
interface SkipGramObjective extends AutoCloseable {
  /** The way of the model's objective. */
  static SkipGramObjective of(SkipGram model, NoiseTable noise) {
    return model.config().draws() ? new NegativeSampling(model, noise) : new FullSoftmax(model);
  }

  /** Forgets what was added before. */
  void clear();

  /**
   * Adds a word.
   *
   * @param place in the text
   * @param near from its start on, {@code count} of them; copied
   * @param key what is drawn for it depends on, with the place
   */
  void add(long place, int word, int[] near, int count, RandomKey key);

  /** Pairs added. */
  int pairs();

  /** Writes the sum of their losses to {@code lossSum (1)}. */
  void loss(Tensor lossSum);

  /** Computes gradients, and writes the sum of the losses to {@code lossSum (1)}. */
  void train(Tensor lossSum);

  /** What moves the weights, if not an optimizer over all of them. */
  @Nullable WeightUpdate update();

  @Override
  void close();
}
