package org.lm4j.train;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.RandomKey;
import org.lm4j.model.ClassifierPasses;
import org.lm4j.model.ClassifierText;
import org.lm4j.model.SequenceClassifier;
import org.lm4j.tensor.Tensor;

/** Texts and their classes, for a classifier. */
final class TextExamples implements Examples {
  private static final Counted TEXTS = new Counted("texts", false);

  private final SequenceClassifier classifier;
  private final ClassifierText training;
  private final ClassifierText validation;
  private final TextData data;
  private final ClassifierPasses passes;

  // Of the step that is prepared.
  private int[] chosen = {};
  private @Nullable RandomKey key;

  TextExamples(
      SequenceClassifier classifier,
      ClassifierText training,
      ClassifierText validation,
      TextData data) {
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
  public Counted counted() {
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
    return TextScorer.score(classifier, validation, (text, probabilities) -> {});
  }

  @Override
  public void close() {
    passes.close();
  }
}
