package org.lm4j.task.embed;

import java.util.Objects;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.model.TextRecord;
import org.lm4j.optim.WeightUpdate;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.Corpus;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.token.TokenFile;
import org.lm4j.train.Recipe;
import org.lm4j.train.RunPlan;
import org.lm4j.train.Task;
import org.lm4j.train.TrainingTask;
import org.lm4j.train.Unit;
import org.lm4j.train.batch.BatchTask;

/**
 * The task of learning word vectors from a text. The words are counted in {@code train.tokens},
 * which stays in the model folder. An example is a stretch of {@link #STRETCH} words of it; windows
 * reach beyond its ends. {@code <eos>} ends lines, {@code <unk>} is skipped; neither is a word.
 *
 * @param text of a new run; null for one that is resumed
 */
public record SkipGramTask(@Nullable Text text) implements Task<SkipGram> {
  /** The number of consecutive words that are processed together. */
  static final int STRETCH = 32;

  private static final RandomKey OF_VALIDATION = new RandomKey(0, -2); // a step none has

  /**
   * The text and configuration of a new run.
   *
   * @param shape gives the configuration for a size of the vocabulary
   */
  public record Text(CorpusBuilder.Input corpus, IntFunction<SkipGramConfig> shape) {}

  @Override
  public ModelKind kind() {
    return ModelKind.EMBEDDINGS;
  }

  @Override
  public void describe(ModelFiles files) {
    Text given = Objects.requireNonNull(text);
    Corpus corpus = given.corpus.build(files.path());
    files.saveTraining(TextRecord.of(given.corpus, corpus));
    try {
      files.saveConfig(given.shape.apply(corpus.vocabulary().size()));
    } catch (IllegalArgumentException e) {
      throw new InputException(e.getMessage() + ".", e);
    }
    files.saveVocabulary(ModelFiles.VOCABULARY, corpus.vocabulary());
  }

  @Override
  public SkipGram create(ModelFiles files, Backend backend) {
    return new SkipGram(backend, files.config(SkipGramConfig.class), true);
  }

  @Override
  public void initialize(SkipGram model, ModelFiles files, long seed) {
    model.initialize(seed);
  }

  @Override
  public TrainingTask steps(SkipGram model, ModelFiles files, RunPlan plan) {
    int size = model.config().vocabulary();
    Vocabulary vocabulary = files.vocabulary(ModelFiles.VOCABULARY, size);
    TokenFile training = open(files, CorpusBuilder.TRAIN, size);
    TokenFile validation = null;
    try {
      validation =
          files.hasTokens(CorpusBuilder.VALID) ? open(files, CorpusBuilder.VALID, size) : null;
      return new Steps(model, plan.recipe(), vocabulary, training, validation);
    } catch (RuntimeException e) {
      training.close();
      if (validation != null) {
        validation.close();
      }
      throw e;
    }
  }

  private static TokenFile open(ModelFiles files, String name, int vocabulary) {
    TokenFile tokens = files.tokens(name);
    if (tokens.vocabularySize() != vocabulary) {
      tokens.close();
      throw new InputException(
          "%s was written with a vocabulary of %d, but the model has %d words"
              .formatted(tokens.path(), tokens.vocabularySize(), vocabulary));
    }
    return tokens;
  }

  /**
   * Returns how often each word occurs in a text; 0 for tokens that are not words.
   *
   * @throws InputException if it has fewer than two distinct words
   */
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
    int[] words = IntStream.range(0, counts.length).filter(word -> counts[word] > 0).toArray();
    if (words.length == 0) {
      throw InputException.naming(
          "no word is left to learn from: all are rarer than {minCount}; give a smaller one, or more"
              + " text.");
    }
    if (words.length == 1) {
      throw InputException.naming(
          "the text has one distinct word, '%s', so there is nothing to distinguish it from; give a text of more words, or a smaller {minCount}."
              .formatted(vocabulary.token(words[0])));
    }
    return counts;
  }

  private static final class Steps extends BatchTask {
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

    /** Steps over token files, which are closed with them. */
    Steps(
        SkipGram model,
        Recipe recipe,
        Vocabulary vocabulary,
        TokenFile training,
        @Nullable TokenFile validation) {
      super(
          model,
          ModelKind.EMBEDDINGS,
          recipe,
          new Data(
              Unit.WORDS,
              training.path().toString(),
              training.hash(),
              validation == null ? null : validation.hash()),
          new Examples(Math.toIntExact(Math.ceilDiv(training.size(), STRETCH))));
      this.training = training;
      this.validation = validation;
      long[] counts = counts(training, vocabulary);
      SkipGramConfig config = model.config();
      long[] kept =
          Subsampling.of(config.frequent().subsampling())
              .thresholds(counts, config.frequent().subsample());
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

    /** Returns whether the held-out text has a pair of a known word and a context word. */
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

    @Override
    protected int prepare(int[] chosen, RandomKey key) {
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
    protected void compute(int[] batch, RandomKey randomness, Tensor sum) {
      learning.train(sum);
    }

    @Override
    public WeightUpdate update(Recipe recipe) {
      WeightUpdate own = learning.update();
      return own != null ? own : super.update(recipe);
    }

    @Override
    public boolean validates() {
      return pairsHeldOut;
    }

    /**
     * Returns the mean loss of all pairs of the held-out text, with the same words drawn each time.
     */
    @Override
    protected Validation score() {
      TokenFile text = Objects.requireNonNull(validation);
      ContextWindow window = Objects.requireNonNull(nearInValidation);
      double sum = 0;
      long pairs = 0;
      int chunk = 16 * STRETCH;
      for (long from = 0; from < text.size(); from += chunk) {
        learning.clear();
        window.find(
            from,
            Math.min(text.size(), from + chunk),
            OF_VALIDATION,
            (place, word, others, many) -> learning.add(place, word, others, many, OF_VALIDATION));
        learning.loss(lossSum);
        backend().download(lossSum, lossOnHost);
        sum += lossOnHost.get(0);
        pairs += learning.pairs();
      }
      return new Validation(sum / Math.max(1, pairs), pairs);
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
}
