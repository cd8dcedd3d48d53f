package org.lm4j.task.seq2seq;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.backend.BackendOptions;
import org.lm4j.compute.Backend;
import org.lm4j.decode.BeamSearch;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.optim.Schedule;
import org.lm4j.task.LoadedModel;
import org.lm4j.text.Level;
import org.lm4j.train.ProgressListener;
import org.lm4j.train.RecipeBuilder;
import org.lm4j.train.Run;
import org.lm4j.train.TrainingResult;

/**
 * A trained sequence-to-sequence model, which translates one line of text into another.
 *
 * <pre>
 *   try (var model = Seq2Seq.load(Path.of("models/seq2seq"))) {
 *     String date = model.translate("March 5th, 1998");
 *   }
 * </pre>
 *
 * <p>Threads: any number of threads may use one model at the same time; the same call gives the
 * same result. The backend performs one operation at a time, in the order of arrival. {@link
 * #close} waits for the operation that is under way; calls that are still running, and later ones,
 * then throw {@link IllegalStateException}.
 */
public final class Seq2Seq extends LoadedModel<Seq2SeqNetwork> {
  /** The part of the sources that is held out unless validation pairs are given. */
  public static final double HELD_OUT = 0.05;

  /** The longest pair that is learned from, in tokens of either side, unless another is given. */
  public static final int MAX_LENGTH = 200;

  private final Seq2SeqTokens tokens;

  private Seq2Seq(Seq2SeqNetwork network, Seq2SeqTokens tokens, boolean ownsBackend) {
    super(network, ownsBackend);
    this.tokens = tokens;
  }

  /**
   * A translation with its log-probability.
   *
   * @param text the translated line
   * @param logProbability logarithm of its probability, in nats, its end included if it was reached
   * @param ended whether it came to its end, and was not cut off at the largest length
   */
  public record Translation(String text, double logProbability, boolean ended) {}

  /**
   * Loads a model from its folder on the fastest backend of this machine.
   *
   * @throws InputException if the folder holds no sequence-to-sequence model, or a file is damaged
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static Seq2Seq load(Path folder) {
    return load(folder, BackendOptions.defaults());
  }

  /**
   * Loads a model from its folder on the fastest backend of this machine, with a choice of threads,
   * precision and matrix multiplication.
   *
   * @throws InputException if the folder holds no sequence-to-sequence model, or a file is damaged
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static Seq2Seq load(Path folder, BackendOptions options) {
    return onFastestBackend(options, backend -> load(folder, backend, true));
  }

  /**
   * Loads a model from its folder on a backend, which several models may share and the caller
   * closes after them.
   *
   * @throws InputException if the folder holds no sequence-to-sequence model, or a file is damaged
   */
  public static Seq2Seq load(Path folder, Backend backend) {
    return load(folder, backend, false);
  }

  /**
   * Trains a new model with the default configuration, and saves it in a folder.
   *
   * @param corpus lines of a source, a tab and a target. Pairs of more than {@value #MAX_LENGTH}
   *     tokens are left out. A twentieth of the sources chooses the best weights
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
    Seq2SeqConfig config = Seq2SeqConfig.defaults();
    long seed = recipe.recipe(Seq2SeqConfig.TRAINING).seed();
    Seq2SeqData.Split pairs = read(corpus, config, seed);
    return train(Seq2SeqTask.begin(pairs, config, 1), recipe, folder, listener);
  }

  private static Seq2SeqData.Split read(Path corpus, Seq2SeqConfig config, long seed) {
    Level source = Level.of(config.sides().sourceLevel());
    Level target = Level.of(config.sides().targetLevel());
    String name = corpus.toString();
    List<Pair> pairs =
        Seq2SeqData.withoutLong(name, PairFile.read(corpus), source, target, MAX_LENGTH);
    return Seq2SeqData.split(name, pairs, HELD_OUT, seed);
  }

  /**
   * Trains a new model with any configuration and data, and saves it in a folder.
   *
   * @param task the data and the configuration, which starts from {@link Seq2SeqConfig#defaults}
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
      Seq2SeqTask task, RecipeBuilder recipe, Path folder, ProgressListener listener) {
    return trainTask(task, Seq2SeqConfig.TRAINING, recipe, folder, listener);
  }

  /**
   * Resumes the training of a model that was cancelled, with the same numbers as if it had never
   * stopped, to its planned end.
   *
   * @param corpus the pairs as they were given when the run began
   * @param folder of the model
   * @param listener receives the progress, and can cancel the training
   * @throws InputException if the folder holds no run, a file is damaged, the data differ from
   *     those of the run, or the run has a schedule that a program gave as a value
   * @throws org.lm4j.train.TrainingFailure if loss or weights are no longer finite numbers
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static TrainingResult resume(Path corpus, Path folder, ProgressListener listener) {
    ModelFiles files = filesOfRun(folder, ModelKind.TRANSLATOR);
    Seq2SeqConfig config = files.config(Seq2SeqConfig.class);
    Seq2SeqData.Split pairs = read(corpus, config, Run.planOf(folder).recipe().seed());
    return resume(Seq2SeqTask.resume(files, pairs), folder, null, listener);
  }

  /**
   * Resumes the training of a model with any configuration and data, with the same numbers as if it
   * had never stopped, to its planned end.
   *
   * @param task the data of the run, from {@link Seq2SeqTask#resume}
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
      Seq2SeqTask task, Path folder, @Nullable Schedule schedule, ProgressListener listener) {
    return resumeTask(task, folder, schedule, listener);
  }

  private static Seq2Seq load(Path folder, Backend backend, boolean ownsBackend) {
    ModelFiles files = new ModelFiles(folder, ModelKind.TRANSLATOR);
    files.config(Seq2SeqConfig.class); // checks the kind first
    Seq2SeqTokens tokens = Seq2SeqTokens.read(files);
    return new Seq2Seq(Seq2SeqNetwork.open(files, backend), tokens, ownsBackend);
  }

  /**
   * Translates a line with the most likely token at each step.
   *
   * @param source tokens that the model does not know are read as unknown
   * @throws InputException if the source has no tokens
   * @throws org.lm4j.compute.BackendException if a logit is not a finite number
   * @throws IllegalStateException if the model is closed
   */
  public String translate(String source) {
    return translate(List.of(source), Seq2SeqGenerator.Request.GREEDY).getFirst().getFirst().text();
  }

  /**
   * Translates several lines by beam search.
   *
   * @param sources lines to translate
   * @param request width of the beam, largest length, and how translations are compared
   * @return for each source at most as many translations as the beam is wide, the best first
   * @throws InputException if a source has no tokens, or the request is out of range
   * @throws org.lm4j.compute.BackendException if a logit is not a finite number
   * @throws IllegalStateException if the model is closed
   */
  public List<List<Translation>> translate(List<String> sources, Seq2SeqGenerator.Request request) {
    int[][] encoded = sources.stream().map(tokens.source()::encode).toArray(int[][]::new);
    for (int[] source : encoded) {
      if (source.length == 0) {
        throw new InputException("a source without tokens cannot be translated");
      }
    }
    if (sources.isEmpty()) {
      return List.of();
    }
    try (Seq2SeqGenerator generator = new Seq2SeqGenerator(network(), request)) {
      return generator.translate(encoded, _ -> {}).stream()
          .map(found -> found.stream().map(this::translation).toList())
          .toList();
    }
  }

  private Translation translation(BeamSearch.Found found) {
    return new Translation(
        tokens.target().line(found.ids()), found.logProbability(), found.ended());
  }
}
