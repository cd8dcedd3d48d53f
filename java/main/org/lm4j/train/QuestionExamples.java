package org.lm4j.train;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.RandomKey;
import org.lm4j.model.QuestionAnswerer;
import org.lm4j.model.QuestionBatch;
import org.lm4j.tensor.Tensor;

/** Questions with their answers, for a model to learn from. */
final class QuestionExamples implements Examples {
  private static final Counted QUESTIONS = new Counted("questions", false);

  private final QuestionAnswerer model;
  private final QuestionSet training;
  private final @Nullable QuestionSet validation;
  private final QuestionLoader loader;
  private final Map<Integer, QuestionBatch> batches =
      new HashMap<>(); // by questions: B, and a smaller last one

  // Of the step that is prepared.
  private int[] chosen = {};
  private @Nullable QuestionBatch batch;
  private @Nullable RandomKey key;

  QuestionExamples(QuestionAnswerer model, QuestionSet training, @Nullable QuestionSet validation) {
    this.model = model;
    this.training = training;
    this.validation = validation;
    this.loader = new QuestionLoader(training);
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
  public Counted counted() {
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
    QuestionBatch run = Objects.requireNonNull(batch);
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
    return QuestionScorer.score(model, validation, (i, answer, probability) -> {});
  }

  @Override
  public void close() {
    batches.values().forEach(QuestionBatch::close);
    loader.close();
  }
}
