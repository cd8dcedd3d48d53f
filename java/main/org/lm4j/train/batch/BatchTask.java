package org.lm4j.train.batch;

import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.model.Model;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.nn.Parameters;
import org.lm4j.tensor.Tensor;
import org.lm4j.train.Recipe;
import org.lm4j.train.TrainingTask;
import org.lm4j.train.Unit;

/**
 * The steps of a model that learns from examples with numbers from 0 on, in batches: each epoch
 * shows every example once, in a new order. Nothing is carried from batch to batch. A subclass
 * computes the loss of a batch; it owns its workspaces, not the model.
 */
public abstract class BatchTask implements TrainingTask {
  private final Model model;
  private final ModelKind kind;
  private final Data data;
  private final Examples examples;
  private final int batchSize;
  private final long seed;
  private int[][] batches = {};
  private long batchesOf = -1; // epoch

  // Of the step that is prepared.
  private int[] chosen = {};
  private @Nullable RandomKey key;

  /**
   * The identity of a run's data.
   *
   * @param unit what the losses are the losses of
   * @param name of the training data in messages, a path say
   * @param hash of the training data: a run is resumed with the data it began with
   * @param validationHash of the validation data; null where there are none
   */
  public record Data(Unit unit, String name, String hash, @Nullable String validationHash) {}

  /**
   * The training examples.
   *
   * @param count at least 1
   * @param length steps an example takes; where that differs, examples of similar length are put
   *     into one batch
   */
  public record Examples(int count, IntUnaryOperator length) {
    /** Creates examples of equal length. */
    public Examples(int count) {
      this(count, example -> 1);
    }
  }

  /** Creates a task for a model, which the caller still owns. */
  protected BatchTask(Model model, ModelKind kind, Recipe recipe, Data data, Examples examples) {
    this.model = model;
    this.kind = kind;
    this.data = data;
    this.examples = examples;
    this.batchSize = recipe.batch();
    this.seed = recipe.seed();
  }

  /**
   * Prepares a batch.
   *
   * @param batch different examples, at least one
   * @param randomness what the step draws from
   * @return number of targets whose losses are added up, at least 1
   */
  protected int prepare(int[] batch, RandomKey randomness) {
    return batch.length;
  }

  /**
   * Computes a batch on the backend, as {@link TrainingTask#compute} specifies.
   *
   * @param lossSum {@code (1)}; overwritten with the sum of the losses
   */
  protected abstract void compute(int[] batch, RandomKey randomness, Tensor lossSum);

  /**
   * Scores the validation data, which is not empty.
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
    return Math.ceilDiv(examples.count, batchSize);
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
  public final int prepare(long step, RandomKey randomness) {
    long epoch = step / stepsPerEpoch();
    if (epoch != batchesOf) {
      batches = EpochOrder.batches(examples.count, batchSize, examples.length, seed, epoch);
      batchesOf = epoch;
    }
    chosen = batches[(int) (step % stepsPerEpoch())];
    key = randomness;
    return prepare(chosen, randomness);
  }

  @Override
  public final void compute(Tensor lossSum) {
    compute(chosen, Objects.requireNonNull(key, "no step was prepared"), lossSum);
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
