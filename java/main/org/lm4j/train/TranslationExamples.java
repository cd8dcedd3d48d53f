package org.lm4j.train;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.RandomKey;
import org.lm4j.model.Translator;
import org.lm4j.model.TranslatorBatch;
import org.lm4j.tensor.Tensor;

/** Pairs, for a translator. The loss is the mean over the tokens of targets, ends included. */
final class TranslationExamples implements Examples {
  private final TranslationSet training;
  private final @Nullable TranslationSet validation;
  private final String hash;
  private final TranslationBatches batches;
  private final TranslationBatches validating; // nothing is dropped out there

  // Of the step that is prepared.
  private @Nullable TranslatorBatch batch;
  private @Nullable RandomKey key;

  /**
   * For a translator, which stays the caller's.
   *
   * @param rows the most pairs of a step
   */
  TranslationExamples(
      Translator translator,
      TranslationSet training,
      @Nullable TranslationSet validation,
      int rows) {
    this.training = training;
    this.validation = validation;
    this.hash = training.hash();
    this.batches = new TranslationBatches(translator, Math.min(rows, training.count()), true);
    this.validating = new TranslationBatches(translator, batches.rows(), false);
  }

  @Override
  public int count() {
    return training.count();
  }

  @Override
  public int length(int example) {
    return training.length(example);
  }

  @Override
  public String hash() {
    return hash;
  }

  @Override
  public @Nullable String validationHash() {
    return validation == null ? null : validation.hash();
  }

  @Override
  public String name() {
    return training.name();
  }

  @Override
  public Counted counted() {
    return Counted.TOKENS;
  }

  @Override
  public int prepare(int[] chosen, RandomKey randomKey) {
    int[][] sources = training.sources(chosen);
    int[][] targets = training.targets(chosen);
    TranslatorBatch now = batches.of(sources, targets);
    batch = now;
    key = randomKey;
    return now.load(sources, targets);
  }

  @Override
  public void compute(Tensor lossSum) {
    Objects.requireNonNull(batch).train(Objects.requireNonNull(key), lossSum);
  }

  @Override
  public boolean validates() {
    return validation != null;
  }

  @Override
  public TrainingTask.Validation validate() {
    if (validation == null) {
      throw new IllegalStateException("there are no pairs to validate on");
    }
    return TranslationScorer.score(validating, validation);
  }

  @Override
  public void close() {
    batches.close();
    validating.close();
  }
}
