package org.lm4j.task.seq2seq;

import java.nio.file.Path;
import java.util.List;
import org.lm4j.InputException;
import org.lm4j.backend.BackendOptions;
import org.lm4j.compute.Backend;
import org.lm4j.decode.BeamSearch;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.task.LoadedModel;
import org.lm4j.train.ProgressListener;
import org.lm4j.train.RecipeBuilder;
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

  private final Seq2SeqTokens tokens;

  private Seq2Seq(Seq2SeqNetwork network, Seq2SeqTokens tokens, boolean ownsBackend) {
    super(network, ownsBackend);
    this.tokens = tokens;
  }

  /**
   * One translation.
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
   * @param corpus lines of a source, a tab and a target. A twentieth of the sources chooses the
   *     best weights
   * @param recipe what it does not set has the default of the command line
   * @param folder made if needed; holds the best weights and a checkpoint afterwards
   * @param listener receives the progress, and can cancel the training
   * @throws InputException if the corpus cannot be read, or the folder holds a model
   * @throws IllegalArgumentException if a value of the recipe is out of range
   * @throws org.lm4j.train.TrainingFailure if loss or weights are no longer finite numbers
   */
  public static TrainingResult train(
      Path corpus, RecipeBuilder recipe, Path folder, ProgressListener listener) {
    long seed = recipe.recipe(Seq2SeqConfig.TRAINING).seed();
    Seq2SeqData.Split pairs =
        Seq2SeqData.split(corpus.toString(), PairFile.read(corpus, _ -> {}), HELD_OUT, seed);
    return train(Seq2SeqTask.begin(pairs, Seq2SeqConfig.defaults(), 1), recipe, folder, listener);
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
   */
  public static TrainingResult train(
      Seq2SeqTask task, RecipeBuilder recipe, Path folder, ProgressListener listener) {
    return trainTask(task, Seq2SeqConfig.TRAINING, recipe, folder, listener);
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
