package org.lm4j.task.net;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.lm4j.InputException;
import org.lm4j.backend.BackendOptions;
import org.lm4j.compute.Backend;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.task.LoadedModel;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;
import org.lm4j.train.Finite;
import org.lm4j.train.ProgressListener;
import org.lm4j.train.RecipeBuilder;
import org.lm4j.train.TrainingResult;

/**
 * A trained {@link TwoLayerNet}, which assigns one of several classes to small images.
 *
 * <p>Threads: any number of threads may use one model at the same time; the same call gives the
 * same result. The backend performs one operation at a time, in the order of arrival. {@link
 * #close} waits for the operation that is under way; calls that are still running, and later ones,
 * then throw {@link IllegalStateException}.
 */
public final class ImageClassifier extends LoadedModel<TwoLayerNet> {
  private static final int ROWS = 500;

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
   */
  public static TrainingResult train(
      NetTask task, RecipeBuilder recipe, Path folder, ProgressListener listener) {
    return trainTask(task, NetConfig.TRAINING, recipe, folder, listener);
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
