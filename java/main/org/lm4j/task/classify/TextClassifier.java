package org.lm4j.task.classify;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.backend.BackendOptions;
import org.lm4j.compute.Backend;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.optim.Schedule;
import org.lm4j.task.LoadedModel;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.Words;
import org.lm4j.train.Finite;
import org.lm4j.train.ProgressListener;
import org.lm4j.train.RecipeBuilder;
import org.lm4j.train.Run;
import org.lm4j.train.TrainingResult;

/**
 * A trained text classifier, which assigns one of several labels to a text.
 *
 * <pre>
 *   try (var classifier = TextClassifier.load(Path.of("models/rt-polarity"))) {
 *     String label = classifier.classify("a gorgeous , witty , seductive movie .").label();
 *   }
 * </pre>
 *
 * <p>Threads: any number of threads may use one model at the same time; the same call gives the
 * same result. The backend performs one operation at a time, in the order of arrival. {@link
 * #close} waits for the operation that is under way; calls that are still running, and later ones,
 * then throw {@link IllegalStateException}.
 */
public final class TextClassifier extends LoadedModel<TextClassifierNetwork> {
  /** The part of the texts that is held out unless validation texts are given. */
  public static final double HELD_OUT = 0.1;

  private final Vocabulary vocabulary;
  private final List<String> labels;

  private TextClassifier(
      TextClassifierNetwork network,
      Vocabulary vocabulary,
      List<String> labels,
      boolean ownsBackend) {
    super(network, ownsBackend);
    this.vocabulary = vocabulary;
    this.labels = labels;
  }

  /**
   * The label of a text, with the probabilities of all labels.
   *
   * @param label the most probable one, the first of equal ones
   * @param probabilities of all labels, in the order of {@link TextClassifier#labels}; they sum to
   *     1
   */
  public record Classification(String label, Map<String, Double> probabilities) {
    /** Keeps an unmodifiable map. */
    public Classification {
      probabilities = Collections.unmodifiableMap(new LinkedHashMap<>(probabilities));
    }

    /** Returns the probability of the label, in [0, 1]. */
    public double probability() {
      return probabilities.getOrDefault(label, 0.0);
    }
  }

  /**
   * Loads a model from its folder on the fastest backend of this machine.
   *
   * @throws InputException if the folder holds no text classifier, or a file is damaged
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static TextClassifier load(Path folder) {
    return load(folder, BackendOptions.defaults());
  }

  /**
   * Loads a model from its folder on the fastest backend of this machine, with a choice of threads,
   * precision and matrix multiplication.
   *
   * @throws InputException if the folder holds no text classifier, or a file is damaged
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static TextClassifier load(Path folder, BackendOptions options) {
    return onFastestBackend(options, backend -> load(folder, backend, true));
  }

  /**
   * Loads a model from its folder on a backend, which several models may share and the caller
   * closes after them.
   *
   * @throws InputException if the folder holds no text classifier, or a file is damaged
   */
  public static TextClassifier load(Path folder, Backend backend) {
    return load(folder, backend, false);
  }

  /**
   * Trains a new model of single texts with the default configuration, and saves it in a folder.
   *
   * @param corpus lines of a label, a tab and a text. A tenth of the texts of each label chooses
   *     the best weights
   * @param recipe what it does not set has the default of the command line
   * @param folder made if needed; holds the best weights and a checkpoint afterwards
   * @param listener receives the progress, and can cancel the training
   * @throws InputException if the corpus cannot be read, its labels hardly repeat, or the folder
   *     holds a model
   * @throws IllegalArgumentException if a value of the recipe is out of range
   * @throws org.lm4j.train.TrainingFailure if loss or weights are no longer finite numbers
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static TrainingResult train(
      Path corpus, RecipeBuilder recipe, Path folder, ProgressListener listener) {
    TextClassifierConfig config = TextClassifierConfig.defaults();
    long seed = recipe.recipe(TextClassifierConfig.TRAINING).seed();
    TextClassifierData data = read(corpus, config.readsPairs(), seed);
    return train(TextClassifierTask.begin(data, config, 1, null), recipe, folder, listener);
  }

  private static TextClassifierData read(Path corpus, boolean pairs, long seed) {
    LabelledTexts texts =
        pairs ? LabelledPairs.read(corpus, _ -> {}) : LabelledTexts.table(corpus, _ -> {});
    texts.requireLearnable(_ -> {});
    return TextClassifierData.draw(texts, HELD_OUT, 0, seed);
  }

  /**
   * Trains a new model with any configuration and data, and saves it in a folder.
   *
   * @param task the data and the configuration, which starts from {@link
   *     TextClassifierConfig#defaults}
   * @param recipe what it does not set has the default of the command line
   * @param folder made if needed; holds the best weights and a checkpoint afterwards
   * @param listener receives the progress, and can cancel the training
   * @throws InputException if the folder holds a model, or model, data and recipe do not go
   *     together
   * @throws IllegalArgumentException if a value of the recipe is out of range
   * @throws org.lm4j.train.TrainingFailure if loss or weights are no longer finite numbers
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static TrainingResult train(
      TextClassifierTask task, RecipeBuilder recipe, Path folder, ProgressListener listener) {
    return trainTask(task, TextClassifierConfig.TRAINING, recipe, folder, listener);
  }

  /**
   * Resumes the training of a model that was cancelled, with the same numbers as if it had never
   * stopped, to its planned end.
   *
   * @param corpus the texts as they were given when the run began
   * @param folder of the model
   * @param listener receives the progress, and can cancel the training
   * @throws InputException if the folder holds no run, a file is damaged, the data differ from
   *     those of the run, or the run has a schedule that a program gave as a value
   * @throws org.lm4j.train.TrainingFailure if loss or weights are no longer finite numbers
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static TrainingResult resume(Path corpus, Path folder, ProgressListener listener) {
    ModelFiles files = filesOfRun(folder, ModelKind.CLASSIFIER);
    boolean pairs = files.config(TextClassifierConfig.class).readsPairs();
    TextClassifierData data = read(corpus, pairs, Run.planOf(folder).recipe().seed());
    return resume(TextClassifierTask.resume(files, data), folder, null, listener);
  }

  /**
   * Resumes the training of a model with any configuration and data, with the same numbers as if it
   * had never stopped, to its planned end.
   *
   * @param task the data of the run, from {@link TextClassifierTask#resume}
   * @param folder of the model
   * @param schedule the schedule that was given as a value when the run began, or another one; null
   *     for the schedule that the run has by name
   * @param listener receives the progress, and can cancel the training
   * @throws InputException if the folder holds no run, the data differ from those of the run, or
   *     the run has a schedule that a program gave as a value and none is given
   * @throws org.lm4j.train.TrainingFailure if loss or weights are no longer finite numbers
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static TrainingResult resume(
      TextClassifierTask task,
      Path folder,
      @Nullable Schedule schedule,
      ProgressListener listener) {
    return resumeTask(task, folder, schedule, listener);
  }

  private static TextClassifier load(Path folder, Backend backend, boolean ownsBackend) {
    ModelFiles files = new ModelFiles(folder, ModelKind.CLASSIFIER);
    TextClassifierConfig config = files.config(TextClassifierConfig.class);
    Vocabulary vocabulary = files.vocabulary(ModelFiles.VOCABULARY, config.words());
    List<String> labels = files.labels(config.classes());
    return new TextClassifier(
        TextClassifierNetwork.open(files, backend), vocabulary, labels, ownsBackend);
  }

  /** Returns the labels that the model can assign. */
  public List<String> labels() {
    return labels;
  }

  /**
   * Classifies a text.
   *
   * @param text its words are separated by white space; beyond the first {@value
   *     TextClassifierText#MOST_WORDS} they are not read
   * @throws InputException if the text has no words
   * @throws org.lm4j.compute.BackendException if a probability is not a finite number
   * @throws IllegalStateException if the model is closed
   */
  public Classification classify(String text) {
    return classifyAll(List.of(text)).getFirst();
  }

  /**
   * Classifies a pair of texts, such as a premise and a hypothesis.
   *
   * @param first of each text, words beyond the first {@value TextClassifierText#MOST_WORDS} are
   *     not read
   * @throws InputException if a text has no words
   * @throws IllegalStateException if the model classifies single texts
   * @throws org.lm4j.compute.BackendException if a probability is not a finite number
   */
  public Classification classify(String first, String second) {
    if (!network().config().readsPairs()) {
      throw new IllegalStateException("this model classifies single texts, not pairs");
    }
    return classifyAll(List.of(LabelledPairs.joined(first, second))).getFirst();
  }

  /**
   * Classifies several texts, which is faster than one by one. A model of pairs expects the two
   * texts of each pair with a tab between them.
   *
   * @return one classification for each text
   * @throws InputException if a text has no words
   * @throws org.lm4j.compute.BackendException if a probability is not a finite number
   * @throws IllegalStateException if the model is closed
   */
  public List<Classification> classifyAll(List<String> texts) {
    if (texts.isEmpty()) {
      return List.of();
    }
    TextClassifierText encoded = new TextClassifierText(vocabulary);
    for (String text : texts) {
      if (Words.in(text).isEmpty()) {
        throw new InputException("a text without words cannot be classified");
      }
      if (network().config().readsPairs()) {
        LabelledPairs.requirePair(text, "'" + text + "'", Set.of());
      }
      encoded.add(text);
    }
    Classification[] found = new Classification[texts.size()];
    TextClassifierScorer.score(
        network(),
        encoded,
        (text, probabilities) -> {
          Finite.scores(probabilities);
          Map<String, Double> byLabel = new LinkedHashMap<>();
          for (int i = 0; i < probabilities.length; i++) {
            byLabel.put(labels.get(i), probabilities[i]);
          }
          String label = labels.get(TextClassifierScorer.highest(probabilities));
          found[text] = new Classification(label, byLabel);
        });
    return List.of(found);
  }
}
