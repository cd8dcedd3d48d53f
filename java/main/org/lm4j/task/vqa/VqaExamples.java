package org.lm4j.task.vqa;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.RandomKey;
import org.lm4j.tensor.Tensor;
import org.lm4j.train.Examples;
import org.lm4j.train.TrainingTask;
import org.lm4j.train.Unit;

/** Questions with their answers, for a model to learn from. */
final class VqaExamples implements Examples {
  private static final Unit QUESTIONS = new Unit("questions", false);

  private final VqaNetwork model;
  private final VqaData training;
  private final @Nullable VqaData validation;
  private final VqaLoader loader;
  private final Map<Integer, VqaBatch> batches =
      new HashMap<>(); // by questions: B, and a smaller last one

  // Of the step that is prepared.
  private int[] chosen = {};
  private @Nullable VqaBatch batch;
  private @Nullable RandomKey key;

  VqaExamples(VqaNetwork model, VqaData training, @Nullable VqaData validation) {
    this.model = model;
    this.training = training;
    this.validation = validation;
    this.loader = new VqaLoader(training);
  }

  @Override
  public int count() {
    return training.count();
  }

  @Override
  public int length(int example) {
    return training.words(example).length;
  }

  @Override
  public String hash() {
    return training.hash();
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
  public Unit counted() {
    return QUESTIONS;
  }

  @Override
  public int prepare(int[] examples, RandomKey randomKey) {
    chosen = examples;
    batch = batches.computeIfAbsent(examples.length, rows -> model.batch(rows, true));
    batch.prepare(loader.longest(examples));
    key = randomKey;
    return examples.length;
  }

  @Override
  public void compute(Tensor lossSum) {
    VqaBatch run = Objects.requireNonNull(batch);
    loader.load(chosen, run);
    run.train(Objects.requireNonNull(key), lossSum);
  }

  @Override
  public boolean validates() {
    return validation != null;
  }

  @Override
  public TrainingTask.Validation validate() {
    if (validation == null) {
      throw new IllegalStateException("there are no questions to validate on");
    }
    return VqaScorer.score(model, validation, (i, answer, probability) -> {});
  }

  @Override
  public void close() {
    batches.values().forEach(VqaBatch::close);
    loader.close();
  }
}
