package org.lm4j.task.embed;

import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.optim.WeightUpdate;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.TokenFile;
import org.lm4j.text.Vocabulary;
import org.lm4j.train.Examples;
import org.lm4j.train.TrainingTask;
import org.lm4j.train.Unit;

/**
 * A text to learn vectors from. An example is a stretch of {@link #STRETCH} words of it; windows
 * reach beyond its ends. {@code <eos>} ends lines, {@code <unk>} is skipped; neither is a word.
 */
final class SkipGramExamples implements Examples {
  /** Words of a stretch. */
  static final int STRETCH = 32;

  private static final RandomKey OF_VALIDATION = new RandomKey(0, -2); // a step none has

  private final SkipGram model;
  private final TokenFile training;
  private final @Nullable TokenFile validation;
  private final ContextWindow near;
  private final @Nullable ContextWindow nearInValidation;
  private final boolean pairsHeldOut;
  private final SkipGramObjective learning;
  private final Tensor lossSum; // (1)
  private final HostStorage lossStorage = new HostStorage(DType.F64.bytes());
  private final Tensor lossOnHost = new Tensor(lossStorage, 0, Shape.of(1), DType.F64);
  private int words; // of the step prepared

  /**
   * Over token files, which are closed with it.
   *
   * @throws InputException if there is no word to learn from
   */
  SkipGramExamples(
      SkipGram model, Vocabulary vocabulary, TokenFile training, @Nullable TokenFile validation) {
    this.model = model;
    this.training = training;
    this.validation = validation;
    long[] counts = counts(training, vocabulary);
    SkipGramConfig config = model.config();
    long[] kept = Subsampling.of(config.subsampling()).thresholds(counts, config.subsample());
    int lineEnd = vocabulary.endOfSentence();
    this.near = new ContextWindow(training, config.window(), kept, lineEnd, true);
    this.nearInValidation =
        validation == null
            ? null
            : new ContextWindow(validation, config.window(), kept, lineEnd, false);
    this.pairsHeldOut = hasPairs();
    this.learning = SkipGramObjective.of(model, new NoiseTable(counts));
    this.lossSum = model.backend().allocate(1);
  }

  /** Whether a word that is known stands near another in what is held out. */
  private boolean hasPairs() {
    if (validation == null || nearInValidation == null) {
      return false;
    }
    boolean[] found = new boolean[1];
    for (long from = 0; from < validation.size() && !found[0]; from += STRETCH) {
      nearInValidation.find(
          from,
          Math.min(validation.size(), from + STRETCH),
          OF_VALIDATION,
          (place, word, others, many) -> found[0] |= many > 0);
    }
    return found[0];
  }

  /** How often each word stands in a text; 0 for what is none. */
  private static long[] counts(TokenFile text, Vocabulary vocabulary) {
    long[] counts = new long[vocabulary.size()];
    for (long i = 0; i < text.size(); i++) {
      counts[text.get(i)]++;
    }
    for (int special : new int[] {vocabulary.unknown(), vocabulary.endOfSentence()}) {
      if (special >= 0) {
        counts[special] = 0;
      }
    }
    for (long count : counts) {
      if (count > 0) {
        return counts;
      }
    }
    throw new InputException(
        "no word is left to learn from: all are rarer than --min-count; give a smaller one, or more"
            + " text.");
  }

  @Override
  public int count() {
    return Math.toIntExact(Math.ceilDiv(training.size(), STRETCH));
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
    return training.path().toString();
  }

  @Override
  public Unit counted() {
    return Unit.WORDS;
  }

  @Override
  public int prepare(int[] chosen, RandomKey key) {
    learning.clear();
    words = 0;
    for (int stretch : chosen) {
      long from = (long) stretch * STRETCH;
      long to = Math.min(training.size(), from + STRETCH);
      words += (int) (to - from);
      near.find(
          from,
          to,
          key,
          (place, word, others, many) -> learning.add(place, word, others, many, key));
    }
    return Math.max(1, learning.pairs());
  }

  @Override
  public int passed(int targets) {
    return words;
  }

  @Override
  public void compute(Tensor sum) {
    learning.train(sum);
  }

  @Override
  public @Nullable WeightUpdate update() {
    return learning.update();
  }

  @Override
  public boolean validates() {
    return pairsHeldOut;
  }

  /** The mean loss of all pairs of the held-out text, with the same words drawn each time. */
  @Override
  public TrainingTask.Validation validate() {
    if (validation == null || nearInValidation == null) {
      throw new IllegalStateException("there is no text to validate on");
    }
    Backend backend = model.backend();
    double sum = 0;
    long pairs = 0;
    int chunk = 16 * STRETCH;
    for (long from = 0; from < validation.size(); from += chunk) {
      learning.clear();
      nearInValidation.find(
          from,
          Math.min(validation.size(), from + chunk),
          OF_VALIDATION,
          (place, word, others, many) -> learning.add(place, word, others, many, OF_VALIDATION));
      learning.loss(lossSum);
      backend.download(lossSum, lossOnHost);
      sum += lossOnHost.get(0);
      pairs += learning.pairs();
    }
    return new TrainingTask.Validation(sum / Math.max(1, pairs), pairs);
  }

  @Override
  public void close() {
    learning.close();
    lossSum.storage().close();
    lossStorage.close();
    training.close();
    if (validation != null) {
      validation.close();
    }
  }
}
