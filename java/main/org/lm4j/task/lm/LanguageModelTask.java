package org.lm4j.task.lm;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.model.TextRecord;
import org.lm4j.model.WordVectors;
import org.lm4j.nn.Parameter;
import org.lm4j.nn.softmax.Clusters;
import org.lm4j.parallel.Share;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.Corpus;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.token.Segmentation;
import org.lm4j.text.token.TokenFile;
import org.lm4j.train.RunPlan;
import org.lm4j.train.SamplePlan;
import org.lm4j.train.Task;
import org.lm4j.train.TrainingFailure;
import org.lm4j.train.TrainingTask;

/**
 * The task of predicting the next token, learned from a text whose tokens are kept in the model
 * folder.
 *
 * @param begins what a new run begins with; null for one that is resumed
 */
public record LanguageModelTask(@Nullable Beginning begins) implements Task<LanguageModelNetwork> {
  /** The task of a run that is resumed: all it needs is in its folder. */
  public static final LanguageModelTask RESUMED = new LanguageModelTask(null);

  /**
   * The text, configuration and initial weights of a new run.
   *
   * @param corpus the text; where weights are taken over, its specification has their vocabulary
   * @param config but for the size of the vocabulary, which the text decides
   * @param segmentation how the text is divided into sequences
   */
  public record Beginning(
      CorpusBuilder.Input corpus,
      LanguageModelConfig config,
      InitialWeights weights,
      Segmentation segmentation) {}

  /**
   * The source of a new model's weights.
   *
   * @param initialization how they are drawn
   * @param vectors what the embedding is initialized from; null for random numbers
   * @param from the folder of a model whose weights are taken over instead; null for none
   */
  public record InitialWeights(
      Initialization initialization, WordVectors.@Nullable Source vectors, @Nullable Path from) {
    /** Weights that are all drawn at random. */
    public static final InitialWeights DRAWN =
        new InitialWeights(Initialization.DEFAULT, null, null);
  }

  /** Returns the task of a new run on a text that is one stream. */
  public static LanguageModelTask begin(
      CorpusBuilder.Input corpus, LanguageModelConfig config, InitialWeights weights) {
    return begin(corpus, config, weights, Segmentation.STREAM);
  }

  /**
   * Returns the task of a new run.
   *
   * @param segmentation how the text is divided into sequences; the corpus should have been divided
   *     into training and validation text by the same unit
   */
  public static LanguageModelTask begin(
      CorpusBuilder.Input corpus,
      LanguageModelConfig config,
      InitialWeights weights,
      Segmentation segmentation) {
    return new LanguageModelTask(new Beginning(corpus, config, weights, segmentation));
  }

  @Override
  public ModelKind kind() {
    return ModelKind.LANGUAGE_MODEL;
  }

  /**
   * {@inheritDoc}
   *
   * @throws InputException if text and configuration do not go together
   */
  @Override
  public void describe(ModelFiles files) {
    Beginning given = Objects.requireNonNull(begins);
    Corpus corpus = input(given).build(files.path());
    LanguageModelConfig config;
    try {
      config = given.config.sized(corpus.vocabulary().size());
      if (config.output().isAdaptive()) {
        config = clustered(config, corpus);
      } else if (config.output().isSampled()) {
        config = config.withOutput(config.output().withSamplesFor(config.vocabulary()));
      }
    } catch (IllegalArgumentException e) {
      throw new InputException(e.getMessage() + ".", e);
    }
    config.save(files, corpus.vocabulary(), given.segmentation);
    files.saveTraining(TextRecord.of(given.corpus, corpus));
  }

  /** Returns the text; adaptive softmax needs a vocabulary that is sorted by frequency. */
  private static CorpusBuilder.Input input(Beginning given) {
    CorpusBuilder.Input input = given.corpus;
    if (!given.config.output().isAdaptive() || input.spec().vocabulary() != null) {
      return input;
    }
    return new CorpusBuilder.Input(
        input.spec().withUnknownByCount(), input.training(), input.validation(), input.progress());
  }

  /**
   * Returns the configuration of an adaptive softmax with its cutoffs, which are chosen from the
   * text if there are none.
   */
  private LanguageModelConfig clustered(LanguageModelConfig config, Corpus corpus) {
    boolean copied = Objects.requireNonNull(begins).weights.from != null;
    if (!copied) {
      long[] counts = counts(corpus.train());
      for (int id = 1; id < counts.length; id++) {
        if (counts[id] > counts[id - 1]) {
          throw new InputException(
              "adaptive softmax needs a vocabulary sorted by frequency, but '%s' is more frequent than '%s' before it; use it at level word."
                  .formatted(corpus.vocabulary().escaped(id), corpus.vocabulary().escaped(id - 1)));
        }
      }
      if (config.output().cutoffs().isEmpty()) {
        List<Integer> cutoffs =
            Clusters.choose(counts, config.hidden(), config.output().divisor()).cutoffs();
        return config.withOutput(config.output().withCutoffs(cutoffs));
      }
    }
    config.clusters();
    return config;
  }

  /** Counts each token of a file. */
  private static long[] counts(Path file) {
    try (TokenFile tokens = TokenFile.open(file)) {
      return tokens.counts();
    }
  }

  @Override
  public LanguageModelNetwork create(ModelFiles files, Backend backend) {
    return new LanguageModelNetwork(backend, LanguageModelConfig.read(files), true);
  }

  @Override
  public void initialize(LanguageModelNetwork model, ModelFiles files, long seed) {
    InitialWeights weights = Objects.requireNonNull(begins).weights;
    if (weights.from != null) {
      copy(weights.from, model);
      return;
    }
    model.initialize(weights.initialization, seed);
    if (weights.vectors != null) {
      Tensor rows = model.parameters().get(LanguageModelNetwork.ENCODER_WEIGHT).value();
      Vocabulary vocabulary = LanguageModelConfig.vocabulary(files);
      weights.vectors.fill(vocabulary, seed, model.backend(), rows);
    }
  }

  private static void copy(Path folder, LanguageModelNetwork model) {
    ModelFiles source = new ModelFiles(folder, ModelKind.LANGUAGE_MODEL);
    try (LanguageModelNetwork old = LanguageModelNetwork.open(source, model.backend(), false)) {
      for (Parameter parameter : model.parameters().all()) { // a layout may depend on dropout
        Tensor from = old.parameters().get(parameter.name()).value();
        model.backend().copy(from, parameter.value());
      }
    }
  }

  /**
   * {@inheritDoc}
   *
   * @throws InputException if the text is too short for one window, or a file is damaged
   */
  @Override
  public TrainingTask steps(LanguageModelNetwork model, ModelFiles files, RunPlan plan) {
    return steps(model, files, plan, Share.WHOLE);
  }

  @Override
  public TrainingTask steps(
      LanguageModelNetwork model, ModelFiles files, RunPlan plan, Share share) {
    TrainingText text = TrainingText.open(files, plan.recipe());
    try {
      return new LanguageModelSteps(model, plan, text, share, samples(files, plan));
    } catch (RuntimeException e) {
      text.close();
      throw e;
    }
  }

  private static @Nullable SampleTexts samples(ModelFiles files, RunPlan plan) {
    SamplePlan wanted = plan.cadence().samples();
    if (wanted == null) {
      return null;
    }
    GenerationUnit unit =
        new GenerationUnit(
            LanguageModelConfig.segmentation(files), LanguageModelConfig.vocabulary(files));
    return new SampleTexts(unit, wanted.prompt(), wanted.length(), plan.recipe().seed());
  }

  @Override
  public RuntimeException unusable(TrainingFailure failure) {
    return InputException.naming(
        "the initial weights, or the loss of the first step, are not finite; make {initRange} or"
            + " {forgetBias} smaller.",
        failure);
  }
}
