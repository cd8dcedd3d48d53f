package org.lm4j.task.classify;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.model.WordVectors;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.Vocabulary;
import org.lm4j.train.Recipe;
import org.lm4j.train.Run;
import org.lm4j.train.RunPlan;
import org.lm4j.train.Task;
import org.lm4j.train.TrainingTask;
import org.lm4j.train.batch.BatchTask;

/** The task of classifying texts, learned from texts whose classes are known. */
public final class TextClassifierTask implements Task<TextClassifierNetwork> {
  private static final int MOST_NAMED = 10; // labels in a message

  private final TextClassifierConfig config;
  private final Vocabulary vocabulary;
  private final List<String> labels;
  private final TextClassifierData data;
  private final WordVectors.@Nullable Source vectors;
  private final BatchTask.Data known;

  private TextClassifierTask(
      TextClassifierConfig config,
      Vocabulary vocabulary,
      List<String> labels,
      TextClassifierData data,
      WordVectors.@Nullable Source vectors) {
    this.config = config;
    this.vocabulary = vocabulary;
    this.labels = labels;
    this.data = data;
    this.vectors = vectors;
    this.known = data.known();
  }

  /**
   * Returns the task of a new classifier, which knows the words and labels of the training texts.
   *
   * @param config the configuration, whose numbers of words and classes are replaced by those of
   *     the texts
   * @param minCount the number of times a word must occur; rarer ones are {@code <unk>}
   * @param vectors the vectors that initialize the embedding; null for random numbers
   * @throws InputException if there are too many weights
   */
  public static TextClassifierTask begin(
      TextClassifierData data,
      TextClassifierConfig config,
      int minCount,
      WordVectors.@Nullable Source vectors) {
    Vocabulary vocabulary =
        TextClassifierText.vocabulary(
            data.training().stream().map(LabelledText::text).toList(), minCount);
    List<String> labels = data.labels();
    try {
      TextClassifierConfig sized = config.sized(vocabulary.size(), labels.size());
      return new TextClassifierTask(sized, vocabulary, labels, data, vectors);
    } catch (IllegalArgumentException e) {
      throw new InputException(e.getMessage() + ".", e);
    }
  }

  /**
   * Returns the task of a run in a folder that is to be resumed.
   *
   * @throws InputException if the folder is damaged
   */
  public static TextClassifierTask resume(ModelFiles files, TextClassifierData data) {
    TextClassifierConfig config = files.config(TextClassifierConfig.class);
    return new TextClassifierTask(
        config,
        files.vocabulary(ModelFiles.VOCABULARY, config.words()),
        files.labels(config.classes()),
        data,
        null);
  }

  @Override
  public ModelKind kind() {
    return ModelKind.CLASSIFIER;
  }

  @Override
  public void describe(ModelFiles files) {
    files.saveConfig(config);
    files.saveVocabulary(ModelFiles.VOCABULARY, vocabulary);
    files.saveLabels(labels);
  }

  @Override
  public TextClassifierNetwork create(ModelFiles files, Backend backend) {
    return new TextClassifierNetwork(backend, files.config(TextClassifierConfig.class), true);
  }

  @Override
  public void initialize(TextClassifierNetwork model, ModelFiles files, long seed) {
    model.initialize(seed);
    if (vectors != null) {
      Tensor words = model.parameters().get(TextClassifierNetwork.WORDS).value();
      vectors.fill(vocabulary, seed, model.backend(), words);
    }
  }

  @Override
  public TrainingTask steps(TextClassifierNetwork model, ModelFiles files, RunPlan plan) {
    return new Steps(model, plan.recipe(), encode(vocabulary, labels, data.training()));
  }

  /**
   * Scores the best weights of a run on the test texts.
   *
   * @return loss and accuracy; null if there are no test texts
   */
  public TrainingTask.@Nullable Validation test(Run<TextClassifierNetwork> run) {
    if (data.test().isEmpty()) {
      return null;
    }
    try (TextClassifierNetwork best =
        TextClassifierNetwork.open(run.files(), run.model().backend())) {
      return TextClassifierScorer.score(
          best, encode(vocabulary, labels, data.test()), (text, probabilities) -> {});
    }
  }

  private final class Steps extends BatchTask {
    private final TextClassifierNetwork classifier;
    private final TextClassifierText training;
    private final TextClassifierText validation = encode(vocabulary, labels, data.validation());
    private final TextClassifierWorkspaces passes;

    Steps(TextClassifierNetwork classifier, Recipe recipe, TextClassifierText training) {
      super(
          classifier,
          ModelKind.CLASSIFIER,
          recipe,
          known,
          new Examples(training.size(), training::length));
      if (classifier.config().frozenWords()) {
        recipe.requireNoDecay();
      }
      this.classifier = classifier;
      this.training = training;
      this.passes = classifier.passes(true);
    }

    @Override
    protected void compute(int[] batch, RandomKey randomness, Tensor lossSum) {
      passes.load(training, batch, randomness);
      passes.train(randomness, batch.length, lossSum);
    }

    @Override
    protected Validation score() {
      return TextClassifierScorer.score(classifier, validation, (text, probabilities) -> {});
    }

    @Override
    public void close() {
      passes.close();
    }
  }

  /**
   * Returns texts as a classifier reads them.
   *
   * @throws InputException if one has a label that is none of {@code labels}
   */
  public static TextClassifierText encode(
      Vocabulary vocabulary, List<String> labels, List<LabelledText> texts) {
    TextClassifierText encoded = new TextClassifierText(vocabulary);
    Map<String, Integer> numbers = HashMap.newHashMap(labels.size());
    for (int i = 0; i < labels.size(); i++) {
      numbers.putIfAbsent(labels.get(i), i);
    }
    for (LabelledText text : texts) {
      Integer label = numbers.get(text.label());
      if (label == null) {
        String hint =
            labels.contains(text.text())
                ? "; the columns seem to be swapped, a line is label<TAB>text"
                : text.place().endsWith(", line 1") ? "; remove the line if it is a header" : "";
        throw new InputException(
            "%s: the label '%s' is none of those the model has learned: %s%s"
                .formatted(text.place(), text.label(), some(labels), hint));
      }
      encoded.add(text.text(), label);
    }
    return encoded;
  }

  /** Returns the labels for a message, shortened if there are many. */
  private static String some(List<String> labels) {
    return labels.size() <= MOST_NAMED
        ? String.join(", ", labels)
        : "%s and %,d more"
            .formatted(
                String.join(", ", labels.subList(0, MOST_NAMED)), labels.size() - MOST_NAMED);
  }
}
