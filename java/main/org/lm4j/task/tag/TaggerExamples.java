package org.lm4j.task.tag;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.RandomKey;
import org.lm4j.nn.SoftmaxOutput;
import org.lm4j.tensor.Tensor;
import org.lm4j.train.Examples;
import org.lm4j.train.TrainingTask;
import org.lm4j.train.Unit;

/** Sentences and their tags, for a tagger. */
final class TaggerExamples implements Examples {
  private static final Unit TAGS = new Unit("tags", false);

  private final TaggerNetwork tagger;
  private final TaggerData data;
  private final TaggerText training;
  private final TaggerText validation;
  private final TaggerWorkspaces passes;

  // Of the step that is prepared.
  private int[] chosen = {};
  private @Nullable RandomKey key;
  private int targets;

  /**
   * For a tagger, which stays the caller's.
   *
   * @throws InputException if there are held-out sentences, but no tag of theirs is known
   */
  TaggerExamples(TaggerNetwork tagger, TaggerVocabulary vocabulary, TaggerData data) {
    this.tagger = tagger;
    this.data = data;
    this.training = encode(vocabulary, data.training(), data.columns());
    this.validation = encode(vocabulary, data.validation(), data.columns());
    requireKnownTags();
    this.passes = tagger.passes(true);
  }

  private void requireKnownTags() {
    for (int i = 0; i < validation.size(); i++) {
      for (int tag : validation.tags(i)) {
        if (tag != SoftmaxOutput.IGNORE) {
          return;
        }
      }
    }
    if (validation.size() > 0) {
      throw new InputException(
          "no tag of the held-out sentences stands among those trained on: there is nothing to score; hold out others, or none");
    }
  }

  private static TaggerText encode(
      TaggerVocabulary vocabulary, List<ConllSentence> sentences, ConllColumns columns) {
    TaggerText text = new TaggerText(vocabulary);
    sentences.forEach(sentence -> text.add(sentence, columns, true));
    return text;
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
    return tagger.config().frozenWords();
  }

  @Override
  public Unit counted() {
    return TAGS;
  }

  @Override
  public int prepare(int[] sentences, RandomKey randomKey) {
    chosen = sentences;
    key = randomKey;
    targets = 0;
    for (int sentence : sentences) {
      targets += training.length(sentence);
    }
    return targets;
  }

  @Override
  public void compute(Tensor lossSum) {
    RandomKey drawn = Objects.requireNonNull(key);
    passes.load(training, chosen, drawn);
    passes.train(drawn, targets, lossSum);
  }

  @Override
  public boolean validates() {
    return validation.size() > 0;
  }

  @Override
  public TrainingTask.Validation validate() {
    if (!validates()) {
      throw new IllegalStateException("there are no sentences to validate on");
    }
    return TaggerScorer.score(tagger, validation);
  }

  @Override
  public void close() {
    passes.close();
  }
}
