package org.lm4j.task.net;

import java.util.Arrays;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;
import org.lm4j.train.TrainingTask;

/** Evaluates a net: the loss and accuracy on pictures. */
public final class NetScorer {
  private static final int ROWS = 500;

  private NetScorer() {}

  /** Receives the prediction for each picture. */
  public interface Listener {
    /** Receives the actual and the predicted class of picture {@code index}. */
    void picture(int index, int actual, int predicted);
  }

  /**
   * Scores pictures. The loss is the mean of their class losses; unlike the loss of a training step
   * it does not include the weight penalty.
   *
   * @param pictures indices into {@code images}, at least one
   */
  public static TrainingTask.Validation score(
      TwoLayerNet net, LabelledImages images, int[] pictures, Listener listener) {
    double total = 0;
    long right = 0;
    int block = Math.min(ROWS, pictures.length);
    ImageLoader loader = new ImageLoader(net, images);
    try (loader;
        TwoLayerNet.Batch whole = net.batch(block);
        HostStorage storage =
            new HostStorage((long) block * (net.config().classes() + 1) * DType.F64.bytes())) {
      int classes = net.config().classes();
      Tensor scores = new Tensor(storage, 0, Shape.of(block, classes), DType.F64);
      Tensor losses = new Tensor(storage, (long) block * classes, Shape.of(block), DType.F64);
      for (int from = 0; from < pictures.length; from += block) {
        int count = Math.min(block, pictures.length - from);
        // An incomplete last block is filled with copies of its first picture, which do not count.
        int[] chosen = new int[block];
        Arrays.fill(chosen, pictures[from]);
        System.arraycopy(pictures, from, chosen, 0, count);
        loader.load(chosen, whole);
        net.backend().download(whole.scores(), scores);
        net.backend().download(whole.losses(), losses);
        for (int i = 0; i < count; i++) {
          int actual = images.label(chosen[i]);
          int predicted = highest(scores, i, classes);
          total += losses.get(i);
          right += predicted == actual ? 1 : 0;
          listener.picture(chosen[i], actual, predicted);
        }
      }
    }
    return new TrainingTask.Validation(
        total / pictures.length, pictures.length, (double) right / pictures.length);
  }

  private static int highest(Tensor scores, int row, int classes) {
    int best = 0;
    for (int c = 1; c < classes; c++) {
      if (scores.get((long) row * classes + c) > scores.get((long) row * classes + best)) {
        best = c;
      }
    }
    return best;
  }
}
