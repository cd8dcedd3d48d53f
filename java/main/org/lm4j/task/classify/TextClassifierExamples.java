package org.lm4j.task.classify;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.RandomKey;
import org.lm4j.tensor.Tensor;
import org.lm4j.train.Examples;
import org.lm4j.train.TrainingTask;
import org.lm4j.train.Unit;

/** Texts and their classes, for a classifier. */
final class TextClassifierExamples implements Examples {
  private static final Unit TEXTS = new Unit("texts", false);

  private final TextClassifierNetwork classifier;
  private final TextClassifierText training;
  private final TextClassifierText validation;
  private final TextClassifierData data;
  private final TextClassifierWorkspaces passes;

  // Of the step that is prepared.
  private int[] chosen = {};
  private @Nullable RandomKey key;

  TextClassifierExamples(
      TextClassifierNetwork classifier,
      TextClassifierText training,
      TextClassifierText validation,
      TextClassifierData data) {
    this.classifier = classifier;
    this.training = training;
    this.validation = validation;
    this.data = data;
    this.passes = classifier.passes(true);
  }

  @Override
  public int count() {
    return training.size();
  }

  @Override
  public int length(int example) {
    return training.length(example);
  }

  @Override
  public String hash() {
    return data.hash();
  }

  @Override
  public @Nullable String validationHash() {
    return validates() ? data.validationHash() : null;
  }

  @Override
  public String name() {
    return data.name();
  }

  @Override
  public boolean freezes() {
    return classifier.config().frozenWords();
  }

  @Override
  public Unit counted() {
    return TEXTS;
  }

  @Override
  public int prepare(int[] texts, RandomKey randomKey) {
    chosen = texts;
    key = randomKey;
    return texts.length;
  }

  @Override
  public void compute(Tensor lossSum) {
    RandomKey drawn = Objects.requireNonNull(key);
    passes.load(training, chosen, drawn);
    passes.train(drawn, chosen.length, lossSum);
  }

  @Override
  public boolean validates() {
    return validation.size() > 0;
  }

  @Override
  public TrainingTask.Validation validate() {
    if (!validates()) {
      throw new IllegalStateException("there are no texts to validate on");
    }
    return TextClassifierScorer.score(classifier, validation, (text, probabilities) -> {});
  }

  @Override
  public void close() {
    passes.close();
  }
}
