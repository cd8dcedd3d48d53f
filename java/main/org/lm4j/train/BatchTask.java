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
import org.lm4j.tensor.Tensor;

/**
 * The steps of a model that learns from examples with numbers from 0 on, in batches: each epoch
 * shows every example once, in an order of its own. Nothing is carried from batch to batch. A
 * subclass computes the loss of a batch; it owns its workspaces, not the model.
 */
public abstract class BatchTask implements TrainingTask {
  private final Model model;
  private final ModelKind kind;
  private final Data data;
  private final int batchSize;
  private final long seed;
  private int[][] batches = {};
  private long batchesOf = -1; // epoch

  /**
   * The data as a run knows them.
   *
   * @param unit what the losses are the losses of
   * @param name of the training data in messages, a path say
   * @param hash of the training data: a run is resumed with the data it began with
   * @param validationHash of the validation data; null where there are none
   */
  public record Data(Unit unit, String name, String hash, @Nullable String validationHash) {}

  /** Steps of a model, which stays the caller's. */
  protected BatchTask(Model model, ModelKind kind, Recipe recipe, Data data) {
    this.model = model;
    this.kind = kind;
    this.data = data;
    this.batchSize = recipe.batch();
    this.seed = recipe.seed();
  }

  /** Number of examples to train on, at least 1. */
  protected abstract int examples();

  /**
   * Steps an example takes, where that differs: examples of similar length are put into one batch.
   */
  protected int length(int example) {
    return 1;
  }

  /**
   * Chooses the examples of a step, and what randomness it draws from.
   *
   * @param chosen different ones, at least one; kept by the caller as it is
   * @return number of targets whose losses are added up, at least 1
   */
  protected abstract int prepare(int[] chosen, RandomKey key);

  /**
   * Scores the validation data, of which there are some.
   *
   * @return loss and accuracy
   */
  protected abstract Validation score();

  @Override
  public final Backend backend() {
    return model.backend();
  }

  @Override
  public final Parameters parameters() {
    return model.parameters();
  }

  @Override
  public final long stepsPerEpoch() {
    return Math.ceilDiv(examples(), batchSize);
  }

  @Override
  public final String dataHash() {
    return data.hash;
  }

  @Override
  public final @Nullable String validationHash() {
    return data.validationHash;
  }

  @Override
  public final String dataName() {
    return data.name;
  }

  @Override
  public final Unit counted() {
    return data.unit;
  }

  @Override
  public final int prepare(long step, RandomKey key) {
    long epoch = step / stepsPerEpoch();
    if (epoch != batchesOf) {
      batches = EpochOrder.batches(examples(), batchSize, this::length, seed, epoch);
      batchesOf = epoch;
    }
    return prepare(batches[(int) (step % stepsPerEpoch())], key);
  }

  @Override
  public final void advance() {
    // Nothing is carried.
  }

  @Override
  public final Map<String, Tensor> carried() {
    return Map.of();
  }

  @Override
  public boolean validates() {
    return data.validationHash != null;
  }

  @Override
  public final Validation validate() {
    if (!validates()) {
      throw new IllegalStateException("there are no data to validate on");
    }
    return score();
  }

  @Override
  public final void saveWeights(Path into, @Nullable String unfinished) {
    ModelFiles.aside(into, kind).saveWeights(model, unfinished);
  }
}
