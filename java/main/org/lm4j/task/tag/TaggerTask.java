package org.lm4j.task.tag;

import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.model.WordVectors;
import org.lm4j.nn.SoftmaxOutput;
import org.lm4j.tensor.Tensor;
import org.lm4j.train.Recipe;
import org.lm4j.train.RunPlan;
import org.lm4j.train.Task;
import org.lm4j.train.TrainingTask;
import org.lm4j.train.batch.BatchTask;

/** The task of tagging the words of sentences, learned from sentences whose tags are known. */
public final class TaggerTask implements Task<TaggerNetwork> {
  private final TaggerConfig config;
  private final TaggerVocabulary vocabulary;
  private final TaggerData data;
  private final WordVectors.@Nullable Source vectors;
  private final BatchTask.Data known;

  private TaggerTask(
      TaggerConfig config,
      TaggerVocabulary vocabulary,
      TaggerData data,
      WordVectors.@Nullable Source vectors) {
    this.config = config;
    this.vocabulary = vocabulary;
    this.data = data;
    this.vectors = vectors;
    this.known = data.known();
  }

  /**
   * Returns the task of a new tagger, which knows the words, characters and tags of the training
   * sentences.
   *
   * @param config the configuration, whose vocabulary sizes are replaced by those of the sentences;
   *     its columns are those of the data
   * @param minCount the number of times a word must occur; rarer ones are {@code <unk>}
   * @param vectors the vectors that initialize the embedding; null for random numbers
   * @throws InputException if all tags are the same, or there are too many weights
   */
  public static TaggerTask begin(
      TaggerData data, TaggerConfig config, int minCount, WordVectors.@Nullable Source vectors) {
    TaggerVocabulary vocabulary = TaggerVocabulary.build(data.training(), data.columns(), minCount);
    try {
      return new TaggerTask(config.sized(vocabulary), vocabulary, data, vectors);
    } catch (IllegalArgumentException e) {
      throw new InputException(e.getMessage() + ".", e);
    }
  }

  /**
   * Returns the task of a run in a folder that is to be resumed.
   *
   * @throws InputException if the folder is damaged
   */
  public static TaggerTask resume(ModelFiles files, TaggerData data) {
    TaggerConfig config = files.config(TaggerConfig.class);
    return new TaggerTask(config, TaggerVocabulary.read(files, config), data, null);
  }

  @Override
  public ModelKind kind() {
    return ModelKind.TAGGER;
  }

  @Override
  public void describe(ModelFiles files) {
    files.saveConfig(config);
    vocabulary.save(files);
  }

  @Override
  public TaggerNetwork create(ModelFiles files, Backend backend) {
    return new TaggerNetwork(backend, files.config(TaggerConfig.class), true);
  }

  @Override
  public void initialize(TaggerNetwork model, ModelFiles files, long seed) {
    model.initialize(seed);
    if (vectors != null) {
      Tensor words = model.parameters().get(TaggerNetwork.WORDS).value();
      vectors.fill(vocabulary.words(), seed, model.backend(), words);
    }
  }

  /**
   * {@inheritDoc}
   *
   * @throws InputException if there are validation sentences, but no tag of theirs is known
   */
  @Override
  public TrainingTask steps(TaggerNetwork model, ModelFiles files, RunPlan plan) {
    return new Steps(model, plan.recipe(), encode(data.training()));
  }

  private TaggerText encode(List<ConllSentence> sentences) {
    TaggerText text = new TaggerText(vocabulary);
    sentences.forEach(sentence -> text.add(sentence, data.columns(), true));
    return text;
  }

  private final class Steps extends BatchTask {
    private final TaggerNetwork tagger;
    private final TaggerText training;
    private final TaggerText validation = encode(data.validation());
    private final TaggerWorkspaces passes;

    Steps(TaggerNetwork tagger, Recipe recipe, TaggerText training) {
      super(
          tagger, ModelKind.TAGGER, recipe, known, new Examples(training.size(), training::length));
      if (tagger.config().frozenWords()) {
        recipe.requireNoDecay();
      }
      requireKnownTags();
      this.tagger = tagger;
      this.training = training;
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

    @Override
    protected int prepare(int[] batch, RandomKey randomness) {
      return IntStream.of(batch).map(training::length).sum();
    }

    @Override
    protected void compute(int[] batch, RandomKey randomness, Tensor lossSum) {
      passes.load(training, batch, randomness);
      passes.train(randomness, prepare(batch, randomness), lossSum);
    }

    @Override
    protected Validation score() {
      return TaggerScorer.score(tagger, validation);
    }

    @Override
    public void close() {
      passes.close();
    }
  }
}
