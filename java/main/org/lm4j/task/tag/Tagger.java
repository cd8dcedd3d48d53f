package org.lm4j.task.tag;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.backend.BackendOptions;
import org.lm4j.compute.Backend;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.optim.Schedule;
import org.lm4j.task.LoadedModel;
import org.lm4j.text.Words;
import org.lm4j.train.ProgressListener;
import org.lm4j.train.RecipeBuilder;
import org.lm4j.train.TrainingResult;

/**
 * A trained tagger, which assigns a tag to every word of a sentence: parts of speech, chunks,
 * names.
 *
 * <pre>
 *   try (var tagger = Tagger.load(Path.of("models/conll2000"))) {
 *     List&lt;String&gt; tags = tagger.tag(List.of("He", "reckons", "the", "deficit", "will", "narrow"));
 *   }
 * </pre>
 *
 * <p>Threads: any number of threads may use one model at the same time; the same call gives the
 * same result. The backend performs one operation at a time, in the order of arrival. {@link
 * #close} waits for the operation that is under way; calls that are still running, and later ones,
 * then throw {@link IllegalStateException}.
 */
public final class Tagger extends LoadedModel<TaggerNetwork> {
  /** The part of the sentences that is held out unless validation sentences are given. */
  public static final double HELD_OUT = 0.1;

  private final TaggerVocabulary vocabulary;

  private Tagger(TaggerNetwork network, TaggerVocabulary vocabulary, boolean ownsBackend) {
    super(network, ownsBackend);
    this.vocabulary = vocabulary;
  }

  /**
   * Loads a model from its folder on the fastest backend of this machine.
   *
   * @throws InputException if the folder holds no tagger, or a file is damaged
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static Tagger load(Path folder) {
    return load(folder, BackendOptions.defaults());
  }

  /**
   * Loads a model from its folder on the fastest backend of this machine, with a choice of threads,
   * precision and matrix multiplication.
   *
   * @throws InputException if the folder holds no tagger, or a file is damaged
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static Tagger load(Path folder, BackendOptions options) {
    return onFastestBackend(options, backend -> load(folder, backend, true));
  }

  /**
   * Loads a model from its folder on a backend, which several models may share and the caller
   * closes after them.
   *
   * @throws InputException if the folder holds no tagger, or a file is damaged
   */
  public static Tagger load(Path folder, Backend backend) {
    return load(folder, backend, false);
  }

  /**
   * Trains a new model with the default configuration, and saves it in a folder.
   *
   * @param corpus sentences in CoNLL columns: words in the first column, tags in the last. The last
   *     tenth of the sentences chooses the best weights
   * @param recipe what it does not set has the default of the command line
   * @param folder made if needed; holds the best weights and a checkpoint afterwards
   * @param listener receives the progress, and can cancel the training
   * @throws InputException if the corpus cannot be read, or the folder holds a model
   * @throws IllegalArgumentException if a value of the recipe is out of range
   * @throws org.lm4j.train.TrainingFailure if loss or weights are no longer finite numbers
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static TrainingResult train(
      Path corpus, RecipeBuilder recipe, Path folder, ProgressListener listener) {
    TaggerConfig config = TaggerConfig.defaults();
    TaggerData data = read(corpus, config.columns());
    return train(TaggerTask.begin(data, config, 1, null), recipe, folder, listener);
  }

  private static TaggerData read(Path corpus, ConllColumns columns) {
    ConllFile.Contents contents = ConllFile.readAll(corpus);
    columns.require(contents);
    columns.requireLearnable(contents.sentences());
    return TaggerData.holdOut(contents.sentences(), HELD_OUT, columns, corpus.toString());
  }

  /**
   * Trains a new model with any configuration and data, and saves it in a folder.
   *
   * @param task the data and the configuration, which starts from {@link TaggerConfig#defaults}
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
      TaggerTask task, RecipeBuilder recipe, Path folder, ProgressListener listener) {
    return trainTask(task, TaggerConfig.TRAINING, recipe, folder, listener);
  }

  /**
   * Resumes the training of a model that was cancelled, with the same numbers as if it had never
   * stopped, to its planned end.
   *
   * @param corpus the sentences as they were given when the run began
   * @param folder of the model
   * @param listener receives the progress, and can cancel the training
   * @throws InputException if the folder holds no run, a file is damaged, the data differ from
   *     those of the run, or the run has a schedule that a program gave as a value
   * @throws org.lm4j.train.TrainingFailure if loss or weights are no longer finite numbers
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static TrainingResult resume(Path corpus, Path folder, ProgressListener listener) {
    ModelFiles files = filesOfRun(folder, ModelKind.TAGGER);
    TaggerData data = read(corpus, files.config(TaggerConfig.class).columns());
    return resume(TaggerTask.resume(files, data), folder, null, listener);
  }

  /**
   * Resumes the training of a model with any configuration and data, with the same numbers as if it
   * had never stopped, to its planned end.
   *
   * @param task the data of the run, from {@link TaggerTask#resume}
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
      TaggerTask task, Path folder, @Nullable Schedule schedule, ProgressListener listener) {
    return resumeTask(task, folder, schedule, listener);
  }

  private static Tagger load(Path folder, Backend backend, boolean ownsBackend) {
    ModelFiles files = new ModelFiles(folder, ModelKind.TAGGER);
    TaggerVocabulary vocabulary = TaggerVocabulary.read(files, files.config(TaggerConfig.class));
    return new Tagger(TaggerNetwork.open(files, backend), vocabulary, ownsBackend);
  }

  /** Returns the tags that the model can assign. */
  public List<String> tags() {
    return vocabulary.tags();
  }

  /**
   * Tags one sentence.
   *
   * @param words of the sentence, without white space; an empty sentence has no tags
   * @return one tag for each word
   * @throws InputException if a word is empty or has white space, or the model also reads columns
   *     other than words, which {@link #tagSentences} takes
   * @throws org.lm4j.compute.BackendException if a score is not a finite number
   * @throws IllegalStateException if the model is closed
   */
  public List<String> tag(List<String> words) {
    return tagAll(List.of(words)).getFirst();
  }

  /**
   * Tags several sentences, which is faster than one by one.
   *
   * @param sentences words of each sentence
   * @return for each sentence one tag for each word
   * @throws InputException if a word is empty or has white space, or the model also reads columns
   *     other than words, which {@link #tagSentences} takes
   * @throws org.lm4j.compute.BackendException if a score is not a finite number
   * @throws IllegalStateException if the model is closed
   */
  public List<List<String>> tagAll(List<List<String>> sentences) {
    if (!network().config().numbers().featureColumns().isEmpty()) {
      throw new InputException(
          "the model reads column %s beside the words: give it sentences with columns"
              .formatted(network().config().numbers().featureColumns()));
    }
    TaggerText text = new TaggerText(vocabulary);
    for (List<String> words : sentences) {
      for (String word : words) {
        if (!Words.in(word).equals(List.of(word))) {
          throw new InputException("'" + word + "' is not one word without white space");
        }
      }
      if (!words.isEmpty()) {
        text.add(words);
      }
    }
    int[][] answers = answers(text);
    List<List<String>> tags = new ArrayList<>();
    int next = 0;
    for (List<String> words : sentences) {
      tags.add(words.isEmpty() ? List.of() : named(answers[next++]));
    }
    return List.copyOf(tags);
  }

  /**
   * Tags sentences in CoNLL columns, words and further columns as the model was trained on them.
   *
   * @return for each sentence one tag for each word
   * @throws InputException if a sentence lacks a column that the model reads
   * @throws org.lm4j.compute.BackendException if a score is not a finite number
   * @throws IllegalStateException if the model is closed
   */
  public List<List<String>> tagSentences(List<ConllSentence> sentences) {
    ConllColumns columns = network().config().columns();
    TaggerText text = new TaggerText(vocabulary);
    for (ConllSentence sentence : sentences) {
      columns.requireInput(sentence);
      text.add(sentence, columns, false);
    }
    return Arrays.stream(answers(text)).map(this::named).toList();
  }

  private int[][] answers(TaggerText text) {
    try (TaggerScorer scorer = new TaggerScorer(network())) {
      return scorer.answers(text);
    }
  }

  private List<String> named(int[] ids) {
    return Arrays.stream(ids).mapToObj(vocabulary.tags()::get).toList();
  }
}
