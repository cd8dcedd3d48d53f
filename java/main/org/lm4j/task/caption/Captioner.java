package org.lm4j.task.caption;

import java.nio.file.Path;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.backend.BackendOptions;
import org.lm4j.compute.Backend;
import org.lm4j.data.FeatureFiles;
import org.lm4j.data.Features;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.optim.Schedule;
import org.lm4j.task.LoadedModel;
import org.lm4j.text.sentence.SentenceVocabulary;
import org.lm4j.train.ProgressListener;
import org.lm4j.train.RecipeBuilder;
import org.lm4j.train.TrainingResult;

/**
 * A trained captioner, which describes images from the features that a vision model extracted.
 *
 * <pre>
 *   try (var captioner = Captioner.load(Path.of("models/scenes"));
 *       var features = FeatureFiles.read(Path.of("scenes/test.npz"))) {
 *     List&lt;String&gt; captions = captioner.caption(features);
 *   }
 * </pre>
 *
 * <p>Threads: any number of threads may use one model at the same time; the same call gives the
 * same result. The backend performs one operation at a time, in the order of arrival. {@link
 * #close} waits for the operation that is under way; calls that are still running, and later ones,
 * then throw {@link IllegalStateException}.
 */
public final class Captioner extends LoadedModel<CaptionerNetwork> {
  /** How often a word must occur to be learned, unless another number is given. */
  public static final int MIN_COUNT = 1;

  private final SentenceVocabulary vocabulary;

  private Captioner(CaptionerNetwork network, SentenceVocabulary vocabulary, boolean ownsBackend) {
    super(network, ownsBackend);
    this.vocabulary = vocabulary;
  }

  /**
   * Loads a model from its folder on the fastest backend of this machine.
   *
   * @throws InputException if the folder holds no captioner, or a file is damaged
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static Captioner load(Path folder) {
    return load(folder, BackendOptions.defaults());
  }

  /**
   * Loads a model from its folder on the fastest backend of this machine, with a choice of threads,
   * precision and matrix multiplication.
   *
   * @throws InputException if the folder holds no captioner, or a file is damaged
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static Captioner load(Path folder, BackendOptions options) {
    return onFastestBackend(options, backend -> load(folder, backend, true));
  }

  /**
   * Loads a model from its folder on a backend, which several models may share and the caller
   * closes after them.
   *
   * @throws InputException if the folder holds no captioner, or a file is damaged
   */
  public static Captioner load(Path folder, Backend backend) {
    return load(folder, backend, false);
  }

  /**
   * Trains a new model with the default configuration, and saves it in a folder.
   *
   * @param training the features and captions to learn from
   * @param validation the features and captions that choose the best weights; null for none, which
   *     saves the last weights
   * @param recipe what it does not set has the default of the command line
   * @param folder made if needed; holds the best weights and a checkpoint afterwards
   * @param listener receives the progress, and can cancel the training
   * @throws InputException if a file cannot be read, an image with a caption has no features, or
   *     the folder holds a model
   * @throws IllegalArgumentException if a value of the recipe is out of range
   * @throws org.lm4j.train.TrainingFailure if loss or weights are no longer finite numbers
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static TrainingResult train(
      CaptionData.Files training,
      CaptionData.@Nullable Files validation,
      RecipeBuilder recipe,
      Path folder,
      ProgressListener listener) {
    return withData(
        training,
        validation,
        (learned, heldOut) ->
            train(
                CaptionTask.begin(
                    learned,
                    heldOut,
                    CaptionConfig.of(learned.features(), learned.features().isGrid()),
                    MIN_COUNT),
                recipe,
                folder,
                listener));
  }

  /**
   * Trains a new model with any configuration and data, and saves it in a folder.
   *
   * @param task the data and the configuration, which starts from {@link CaptionConfig#defaults}
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
      CaptionTask task, RecipeBuilder recipe, Path folder, ProgressListener listener) {
    return trainTask(task, CaptionConfig.TRAINING, recipe, folder, listener);
  }

  /**
   * Resumes the training of a model that was cancelled, with the same numbers as if it had never
   * stopped, to its planned end.
   *
   * @param training the features and captions as they were given when the run began
   * @param validation those to validate on as they were given; null for none
   * @param folder of the model
   * @param listener receives the progress, and can cancel the training
   * @throws InputException if the folder holds no run, a file is damaged, the data differ from
   *     those of the run, or the run has a schedule that a program gave as a value
   * @throws org.lm4j.train.TrainingFailure if loss or weights are no longer finite numbers
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static TrainingResult resume(
      CaptionData.Files training,
      CaptionData.@Nullable Files validation,
      Path folder,
      ProgressListener listener) {
    ModelFiles files = filesOfRun(folder, ModelKind.CAPTION);
    return withData(
        training,
        validation,
        (learned, heldOut) ->
            resume(CaptionTask.resume(files, learned, heldOut), folder, null, listener));
  }

  /**
   * Resumes the training of a model with any configuration and data, with the same numbers as if it
   * had never stopped, to its planned end.
   *
   * @param task the data of the run, from {@link CaptionTask#resume}
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
      CaptionTask task, Path folder, @Nullable Schedule schedule, ProgressListener listener) {
    return resumeTask(task, folder, schedule, listener);
  }

  /** Reads the files, and closes the features once they were used. */
  private static TrainingResult withData(
      CaptionData.Files training,
      CaptionData.@Nullable Files validation,
      BiFunction<CaptionData.Source, CaptionData.@Nullable Source, TrainingResult> use) {
    return FeatureFiles.use(
        training.features(),
        validation == null ? null : validation.features(),
        (read, others) ->
            use.apply(
                source(read, training),
                validation == null || others == null ? null : source(others, validation)));
  }

  private static CaptionData.Source source(Features features, CaptionData.Files files) {
    return new CaptionData.Source(features, CaptionFiles.read(files.captions()));
  }

  private static Captioner load(Path folder, Backend backend, boolean ownsBackend) {
    ModelFiles files = new ModelFiles(folder, ModelKind.CAPTION);
    CaptionConfig config = files.config(CaptionConfig.class);
    SentenceVocabulary vocabulary =
        SentenceVocabulary.of(files.vocabulary(ModelFiles.VOCABULARY, config.vocabulary()));
    return new Captioner(CaptionerNetwork.open(files, backend), vocabulary, ownsBackend);
  }

  /**
   * Describes one image with the most likely word at each step.
   *
   * @param features {@code (F)}, or {@code (G, F)} row by row for a model that reads a grid of
   *     cells
   * @throws InputException if there are not as many as the model reads
   * @throws org.lm4j.compute.BackendException if a logit is not a finite number
   * @throws IllegalStateException if the model is closed
   */
  public String caption(float... features) {
    CaptionConfig config = network().config();
    try (Features image =
        Features.ofImage(features, config.image().cells(), config.image().features())) {
      return caption(image).getFirst();
    }
  }

  /**
   * Describes images with the most likely word at each step.
   *
   * @param features stay the caller's
   * @return one caption for each image, in the order of the features
   * @throws InputException if the features have another form than the model reads
   * @throws org.lm4j.compute.BackendException if a logit is not a finite number
   * @throws IllegalStateException if the model is closed
   */
  public List<String> caption(Features features) {
    CaptionGenerator.Request greedy = CaptionGenerator.Request.greedy(network().config().words());
    return caption(features, greedy).stream().map(found -> found.getFirst().text()).toList();
  }

  /**
   * Describes images by beam search or sampling.
   *
   * @param features stay the caller's
   * @param request width of the beam, largest number of words, or how words are sampled
   * @return for each image at most as many captions as the beam is wide, the best first
   * @throws InputException if the features have another form than the model reads, or the request
   *     is out of range
   * @throws org.lm4j.compute.BackendException if a logit is not a finite number
   * @throws IllegalStateException if the model is closed
   */
  public List<List<CaptionGenerator.Written>> caption(
      Features features, CaptionGenerator.Request request) {
    return new CaptionGenerator(network(), vocabulary, features)
        .write(IntStream.range(0, features.count()).toArray(), request, false, _ -> {});
  }
}
