package org.lm4j.task.net;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.backend.BackendOptions;
import org.lm4j.compute.Backend;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.optim.Schedule;
import org.lm4j.task.LoadedModel;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;
import org.lm4j.train.Finite;
import org.lm4j.train.ProgressListener;
import org.lm4j.train.RecipeBuilder;
import org.lm4j.train.Run;
import org.lm4j.train.TrainingResult;

/**
 * A trained {@link TwoLayerNet}, which assigns one of several classes to small images.
 *
 * <pre>
 *   try (var classifier = ImageClassifier.load(Path.of("models/mnist"))) {
 *     int digit = classifier.predict(pixels); // 28 · 28 bytes
 *   }
 * </pre>
 *
 * <p>Threads: any number of threads may use one model at the same time; the same call gives the
 * same result. The backend performs one operation at a time, in the order of arrival. {@link
 * #close} waits for the operation that is under way; calls that are still running, and later ones,
 * then throw {@link IllegalStateException}.
 */
public final class ImageClassifier extends LoadedModel<TwoLayerNet> {
  /** The part of the images that is held out unless another one is given. */
  public static final double HELD_OUT = 0.1;

  private static final int ROWS = 500; // scored together

  private ImageClassifier(TwoLayerNet network, boolean ownsBackend) {
    super(network, ownsBackend);
  }

  /**
   * Loads a model from its folder on the fastest backend of this machine.
   *
   * @throws InputException if the folder holds no two-layer net, or a file is damaged
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static ImageClassifier load(Path folder) {
    return load(folder, BackendOptions.defaults());
  }

  /**
   * Loads a model from its folder on the fastest backend of this machine, with a choice of threads,
   * precision and matrix multiplication.
   *
   * @throws InputException if the folder holds no two-layer net, or a file is damaged
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static ImageClassifier load(Path folder, BackendOptions options) {
    return onFastestBackend(options, backend -> load(folder, backend, true));
  }

  /**
   * Loads a model from its folder on a backend, which several models may share and the caller
   * closes after them.
   *
   * @throws InputException if the folder holds no two-layer net, or a file is damaged
   */
  public static ImageClassifier load(Path folder, Backend backend) {
    return load(folder, backend, false);
  }

  /**
   * Trains a new model with the default configuration, and saves it in a folder.
   *
   * @param images pictures in MNIST's IDX format, compressed by gzip or not. A tenth of them, drawn
   *     by the seed, chooses the best weights
   * @param labels their classes, 0 to 9, in the same format
   * @param recipe what it does not set has the default of the command line
   * @param folder made if needed; holds the best weights and a checkpoint afterwards
   * @param listener receives the progress, and can cancel the training
   * @throws InputException if a file cannot be read, or the folder holds a model
   * @throws IllegalArgumentException if a value of the recipe is out of range
   * @throws org.lm4j.train.TrainingFailure if loss or weights are no longer finite numbers
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static TrainingResult train(
      Path images, Path labels, RecipeBuilder recipe, Path folder, ProgressListener listener) {
    return train(IdxFiles.read(images, labels), recipe, folder, listener);
  }

  /**
   * Trains a new model with the default configuration on images that were read, and saves it in a
   * folder.
   *
   * @param images from {@link IdxFiles#read} or {@link CifarFiles#read}. A tenth of them, drawn by
   *     the seed, chooses the best weights
   * @param recipe what it does not set has the default of the command line
   * @param folder made if needed; holds the best weights and a checkpoint afterwards
   * @param listener receives the progress, and can cancel the training
   * @throws InputException if there are too few images, or the folder holds a model
   * @throws IllegalArgumentException if a value of the recipe is out of range
   * @throws org.lm4j.train.TrainingFailure if loss or weights are no longer finite numbers
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static TrainingResult train(
      LabelledImages images, RecipeBuilder recipe, Path folder, ProgressListener listener) {
    long seed = recipe.recipe(NetConfig.TRAINING).seed();
    ImageSplit data = ImageSplit.drawPart(images, HELD_OUT, seed);
    return train(new NetTask(NetConfig.of(images), data), recipe, folder, listener);
  }

  /**
   * Trains a new model with any configuration and data, and saves it in a folder.
   *
   * @param task the data and the configuration, which starts from {@link NetConfig#defaults}
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
      NetTask task, RecipeBuilder recipe, Path folder, ProgressListener listener) {
    return trainTask(task, NetConfig.TRAINING, recipe, folder, listener);
  }

  /**
   * Resumes the training of a model that was cancelled, with the same numbers as if it had never
   * stopped, to its planned end.
   *
   * @param images the images as they were given when the run began
   * @param folder of the model
   * @param listener receives the progress, and can cancel the training
   * @throws InputException if the folder holds no run, a file is damaged, the data differ from
   *     those of the run, or the run has a schedule that a program gave as a value
   * @throws org.lm4j.train.TrainingFailure if loss or weights are no longer finite numbers
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static TrainingResult resume(
      LabelledImages images, Path folder, ProgressListener listener) {
    NetConfig config = filesOfRun(folder, ModelKind.NET).config(NetConfig.class);
    ImageSplit data = ImageSplit.drawPart(images, HELD_OUT, Run.planOf(folder).recipe().seed());
    return resume(new NetTask(config, data), folder, null, listener);
  }

  /**
   * Resumes the training of a model with any configuration and data, with the same numbers as if it
   * had never stopped, to its planned end.
   *
   * @param task the configuration and the data of the run
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
      NetTask task, Path folder, @Nullable Schedule schedule, ProgressListener listener) {
    return resumeTask(task, folder, schedule, listener);
  }

  private static ImageClassifier load(Path folder, Backend backend, boolean ownsBackend) {
    ModelFiles files = new ModelFiles(folder, ModelKind.NET);
    return new ImageClassifier(TwoLayerNet.open(files, backend), ownsBackend);
  }

  /**
   * Classifies one image.
   *
   * @param pixels one unsigned byte for each channel, row and column, in this order
   * @return the index of the class, from 0
   * @throws InputException if there are not as many pixels as the model reads
   * @throws org.lm4j.compute.BackendException if a score is not a finite number
   * @throws IllegalStateException if the model is closed
   */
  public int predict(byte[] pixels) {
    return highest(scores(List.of(pixels)).getFirst());
  }

  /**
   * Scores images: the outputs of the net before the loss, of which the largest names the class.
   *
   * @param images pixels of each: one unsigned byte for each channel, row and column
   * @return {@code C} scores for each image
   * @throws InputException if an image does not have as many pixels as the model reads
   * @throws org.lm4j.compute.BackendException if a score is not a finite number
   * @throws IllegalStateException if the model is closed
   */
  public List<double[]> scores(List<byte[]> images) {
    List<double[]> scores = new ArrayList<>();
    for (int from = 0; from < images.size(); from += ROWS) {
      scores.addAll(scoresOf(images.subList(from, Math.min(images.size(), from + ROWS))));
    }
    return scores;
  }

  private List<double[]> scoresOf(List<byte[]> images) {
    int inputs = network().config().inputs();
    int classes = network().config().classes();
    int rows = images.size();
    try (TwoLayerNet.Batch batch = network().batch(rows);
        HostStorage pixels = new HostStorage((long) rows * inputs * DType.F64.bytes());
        HostStorage results = new HostStorage((long) rows * classes * DType.F64.bytes())) {
      Tensor host = new Tensor(pixels, 0, Shape.of(rows, inputs), DType.F64);
      for (int row = 0; row < rows; row++) {
        byte[] image = images.get(row);
        if (image.length != inputs) {
          throw new InputException(
              "an image has %,d pixels, but the model reads %,d".formatted(image.length, inputs));
        }
        for (int i = 0; i < inputs; i++) {
          host.set((long) row * inputs + i, (image[i] & 0xFF) / 255.0);
        }
      }
      batch.load(host, new int[rows]);
      Tensor read = new Tensor(results, 0, Shape.of(rows, classes), DType.F64);
      network().backend().download(batch.scores(), read);
      List<double[]> scores = new ArrayList<>();
      for (int row = 0; row < rows; row++) {
        double[] own = read.slice(row, 1).toArray();
        Finite.scores(own);
        scores.add(own);
      }
      return scores;
    }
  }

  private static int highest(double[] scores) {
    int best = 0;
    for (int i = 1; i < scores.length; i++) {
      best = scores[i] > scores[best] ? i : best;
    }
    return best;
  }
}
