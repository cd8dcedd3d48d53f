package org.lm4j.task.vqa;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
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
import org.lm4j.text.Vocabulary;
import org.lm4j.train.ProgressListener;
import org.lm4j.train.RecipeBuilder;
import org.lm4j.train.TrainingResult;

/**
 * A trained model that answers questions about images, from the features that a vision model
 * extracted.
 *
 * <pre>
 *   try (var model = Vqa.load(Path.of("models/scenes-vqa"));
 *       var features = FeatureFiles.read(Path.of("scenes/test.npz"))) {
 *     String answer = model.answer(features, "test-000012", "what colour is the square").text();
 *   }
 * </pre>
 *
 * <p>Threads: any number of threads may use one model at the same time; the same call gives the
 * same result. The backend performs one operation at a time, in the order of arrival. {@link
 * #close} waits for the operation that is under way; calls that are still running, and later ones,
 * then throw {@link IllegalStateException}.
 */
public final class Vqa extends LoadedModel<VqaNetwork> {
  /** How often a word must occur to be learned, unless another number is given. */
  public static final int MIN_COUNT = 1;

  private final Vocabulary vocabulary;
  private final List<String> answers;

  private Vqa(
      VqaNetwork network, Vocabulary vocabulary, List<String> answers, boolean ownsBackend) {
    super(network, ownsBackend);
    this.vocabulary = vocabulary;
    this.answers = answers;
  }

  /**
   * An answer with its probability, and where the model looked.
   *
   * @param text the most probable answer, the first of equal ones
   * @param probabilities of all answers, in the order of {@link Vqa#answers}; they sum to 1
   * @param attention for each attention hop the weights of the cells of the image, which sum to 1
   */
  public record Answer(
      String text, Map<String, Double> probabilities, List<List<Double>> attention) {
    /** Keeps unmodifiable collections. */
    public Answer {
      probabilities = Collections.unmodifiableMap(new LinkedHashMap<>(probabilities));
      attention = List.copyOf(attention);
    }

    /** Returns the probability of the answer, in [0, 1]. */
    public double probability() {
      return probabilities.getOrDefault(text, 0.0);
    }
  }

  /**
   * Loads a model from its folder on the fastest backend of this machine.
   *
   * @throws InputException if the folder holds no model that answers questions about images, or a
   *     file is damaged
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static Vqa load(Path folder) {
    return load(folder, BackendOptions.defaults());
  }

  /**
   * Loads a model from its folder on the fastest backend of this machine, with a choice of threads,
   * precision and matrix multiplication.
   *
   * @throws InputException if the folder holds no model that answers questions about images, or a
   *     file is damaged
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static Vqa load(Path folder, BackendOptions options) {
    return onFastestBackend(options, backend -> load(folder, backend, true));
  }

  /**
   * Loads a model from its folder on a backend, which several models may share and the caller
   * closes after them.
   *
   * @throws InputException if the folder holds no model that answers questions about images, or a
   *     file is damaged
   */
  public static Vqa load(Path folder, Backend backend) {
    return load(folder, backend, false);
  }

  /**
   * Trains a new model with the default configuration, and saves it in a folder.
   *
   * @param training the features and questions to learn from
   * @param validation the features and questions that choose the best weights; null for none, which
   *     saves the last weights
   * @param recipe what it does not set has the default of the command line
   * @param folder made if needed; holds the best weights and a checkpoint afterwards
   * @param listener receives the progress, and can cancel the training
   * @throws InputException if a file cannot be read, an image with a question has no features, all
   *     answers are the same, or the folder holds a model
   * @throws IllegalArgumentException if a value of the recipe is out of range
   * @throws org.lm4j.train.TrainingFailure if loss or weights are no longer finite numbers
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static TrainingResult train(
      VqaData.Files training,
      VqaData.@Nullable Files validation,
      RecipeBuilder recipe,
      Path folder,
      ProgressListener listener) {
    return withData(
        training,
        validation,
        (learned, heldOut) ->
            train(
                VqaTask.begin(
                    learned,
                    heldOut,
                    VqaConfig.of(learned.features(), VqaConfig.Grid.of(learned.features())),
                    MIN_COUNT,
                    Integer.MAX_VALUE),
                recipe,
                folder,
                listener));
  }

  /**
   * Trains a new model with any configuration and data, and saves it in a folder.
   *
   * @param task the data and the configuration, which starts from {@link VqaConfig#defaults}
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
      VqaTask task, RecipeBuilder recipe, Path folder, ProgressListener listener) {
    return trainTask(task, VqaConfig.TRAINING, recipe, folder, listener);
  }

  /**
   * Resumes the training of a model that was cancelled, with the same numbers as if it had never
   * stopped, to its planned end.
   *
   * @param training the features and questions as they were given when the run began
   * @param validation those to validate on as they were given; null for none
   * @param folder of the model
   * @param listener receives the progress, and can cancel the training
   * @throws InputException if the folder holds no run, a file is damaged, the data differ from
   *     those of the run, or the run has a schedule that a program gave as a value
   * @throws org.lm4j.train.TrainingFailure if loss or weights are no longer finite numbers
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static TrainingResult resume(
      VqaData.Files training,
      VqaData.@Nullable Files validation,
      Path folder,
      ProgressListener listener) {
    ModelFiles files = filesOfRun(folder, ModelKind.VQA);
    return withData(
        training,
        validation,
        (learned, heldOut) ->
            resume(VqaTask.resume(files, learned, heldOut), folder, null, listener));
  }

  /**
   * Resumes the training of a model with any configuration and data, with the same numbers as if it
   * had never stopped, to its planned end.
   *
   * @param task the data of the run, from {@link VqaTask#resume}
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
      VqaTask task, Path folder, @Nullable Schedule schedule, ProgressListener listener) {
    return resumeTask(task, folder, schedule, listener);
  }

  /** Reads the files, and closes the features once they were used. */
  private static TrainingResult withData(
      VqaData.Files training,
      VqaData.@Nullable Files validation,
      BiFunction<VqaData.Source, VqaData.@Nullable Source, TrainingResult> use) {
    return FeatureFiles.use(
        training.features(),
        validation == null ? null : validation.features(),
        (read, others) ->
            use.apply(
                source(read, training),
                validation == null || others == null ? null : source(others, validation)));
  }

  private static VqaData.Source source(Features features, VqaData.Files files) {
    return new VqaData.Source(
        features, QuestionFile.read(files.questions()), files.questions().toString());
  }

  private static Vqa load(Path folder, Backend backend, boolean ownsBackend) {
    ModelFiles files = new ModelFiles(folder, ModelKind.VQA);
    VqaConfig config = files.config(VqaConfig.class);
    Vocabulary vocabulary = files.vocabulary(ModelFiles.VOCABULARY, config.vocabulary());
    List<String> answers = files.labels(config.answers());
    return new Vqa(VqaNetwork.open(files, backend), vocabulary, answers, ownsBackend);
  }

  /** Returns the answers that the model can give. */
  public List<String> answers() {
    return answers;
  }

  /**
   * Answers a question about one image.
   *
   * @param features {@code (F)}, or {@code (G, F)} row by row for a model that reads a grid of
   *     cells
   * @param question words that the model does not know are read as unknown
   * @throws InputException if there are not as many features as the model reads, or the question
   *     has no words or too many
   * @throws org.lm4j.compute.BackendException if a score is not a finite number
   * @throws IllegalStateException if the model is closed
   */
  public Answer answer(float[] features, String question) {
    VqaConfig config = network().config();
    try (Features image = Features.ofImage(features, config.grid(), config.image().features())) {
      return answer(image, image.names().getFirst(), question);
    }
  }

  /**
   * Answers a question about one of several images.
   *
   * @param features stay the caller's
   * @param image name of the image in the features
   * @param question words that the model does not know are read as unknown
   * @throws InputException if the features have another form than the model reads or lack the
   *     image, or the question has no words or too many
   * @throws org.lm4j.compute.BackendException if a score is not a finite number
   * @throws IllegalStateException if the model is closed
   */
  public Answer answer(Features features, String image, String question) {
    Question asked = new Question(image, question, "", "", "the question");
    VqaData.Source source = new VqaData.Source(features, List.of(asked), "the question");
    VqaScorer.Answer answer =
        VqaScorer.ask(network(), VqaData.of(source, network().config(), vocabulary, answers), 0);
    Map<String, Double> probabilities = new LinkedHashMap<>();
    for (int i = 0; i < answers.size(); i++) {
      probabilities.put(answers.get(i), answer.probabilities().get(i));
    }
    return new Answer(answers.get(answer.ranked().getFirst()), probabilities, answer.looks());
  }
}
