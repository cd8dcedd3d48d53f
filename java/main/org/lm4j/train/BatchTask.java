package org.lm4j.train;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.model.Model;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.nn.Parameters;
import org.lm4j.optim.WeightUpdate;
import org.lm4j.tensor.Tensor;

/**
 * Learns from {@link Examples} in batches: each epoch shows every one once, in an order of its own.
 * Nothing is carried from batch to batch.
 */
public final class BatchTask implements TrainingTask {
  private final Model model;
  private final ModelKind kind;
  private final Examples examples;
  private final int batchSize;
  private final long seed;
  private int[][] batches = {};
  private long batchesOf = -1; // epoch

  /**
   * Over a model, which stays the caller's.
   *
   * @param examples closed with the task
   * @throws org.lm4j.InputException if the recipe would move what is to stay as it is
   */
  public BatchTask(Model model, ModelKind kind, Recipe recipe, Examples examples) {
    if (examples.freezes()) {
      recipe.requireNoDecay();
    }
    this.model = model;
    this.kind = kind;
    this.examples = examples;
    this.batchSize = recipe.batch();
    this.seed = recipe.seed();
  }

  @Override
  public Backend backend() {
    return model.backend();
  }

  @Override
  public Parameters parameters() {
    return model.parameters();
  }

  @Override
  public long stepsPerEpoch() {
    return Math.ceilDiv(examples.count(), batchSize);
  }

  @Override
  public String dataHash() {
    return examples.hash();
  }

  @Override
  public @Nullable String validationHash() {
    return examples.validationHash();
  }

  @Override
  public String dataName() {
    return examples.name();
  }

  @Override
  public Unit counted() {
    return examples.counted();
  }

  @Override
  public int prepare(long step, RandomKey key) {
    long epoch = step / stepsPerEpoch();
    if (epoch != batchesOf) {
      batches = EpochOrder.batches(examples.count(), batchSize, examples::length, seed, epoch);
      batchesOf = epoch;
    }
    return examples.prepare(batches[(int) (step % stepsPerEpoch())], key);
  }

  @Override
  public void compute(Tensor lossSum) {
    examples.compute(lossSum);
  }

  @Override
  public int passed(int targets) {
    return examples.passed(targets);
  }

  @Override
  public WeightUpdate update(Recipe recipe) {
    WeightUpdate own = examples.update();
    return own != null ? own : TrainingTask.super.update(recipe);
  }

  @Override
  public void advance() {
    // Nothing is carried.
  }

  @Override
  public Map<String, Tensor> carried() {
    return Map.of();
  }

  @Override
  public boolean validates() {
    return examples.validates();
  }

  @Override
  public Validation validate() {
    return examples.validate();
  }

  @Override
  public void saveWeights(Path into, @Nullable String unfinished) {
    ModelFiles.aside(into, kind).saveWeights(model, unfinished);
  }

  @Override
  public void close() {
    examples.close();
  }
}
