package org.lm4j.task.classify;

import java.util.Arrays;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;
import org.lm4j.train.TrainingTask;
import org.lm4j.train.batch.EpochOrder;

/** Classifies texts and compares the result with known classes. */
public final class TextClassifierScorer {
  private static final int TEXTS = 32;

  private TextClassifierScorer() {}

  /** Receives the result of each text, in any order. */
  public interface Listener {
    /**
     * Receives the result of a text.
     *
     * @param text its index
     * @param probabilities the probability of each class; owned by the listener
     */
    void text(int text, double[] probabilities);
  }

  /** Returns the index of the largest probability, the first of equal ones. */
  public static int highest(double[] probabilities) {
    int best = 0;
    for (int c = 1; c < probabilities.length; c++) {
      best = probabilities[c] > probabilities[best] ? c : best;
    }
    return best;
  }

  /**
   * Classifies texts, at least one.
   *
   * @return loss and accuracy, which mean something if the classes are known
   */
  public static TrainingTask.Validation score(
      TextClassifierNetwork classifier, TextClassifierText texts, Listener listener) {
    int classes = classifier.config().classes();
    int[] order = EpochOrder.byLength(texts.size(), texts::length);
    double total = 0;
    long right = 0;
    try (TextClassifierWorkspaces passes = classifier.passes(false);
        HostStorage storage = new HostStorage((long) TEXTS * (classes + 1) * DType.F64.bytes())) {
      Tensor scores = new Tensor(storage, 0, Shape.of(TEXTS, classes), DType.F64);
      Tensor losses = new Tensor(storage, (long) TEXTS * classes, Shape.of(TEXTS), DType.F64);
      for (int from = 0; from < order.length; from += TEXTS) {
        int count = Math.min(TEXTS, order.length - from);
        int[] chosen = new int[TEXTS];
        Arrays.fill(chosen, -1);
        System.arraycopy(order, from, chosen, 0, count);
        passes.load(texts, chosen);
        classifier.backend().download(passes.scores(), scores);
        classifier.backend().download(passes.losses(), losses);
        for (int i = 0; i < count; i++) {
          double[] probabilities = softmax(scores, i, classes);
          total += losses.get(i);
          right += highest(probabilities) == texts.label(chosen[i]) ? 1 : 0;
          listener.text(chosen[i], probabilities);
        }
      }
    }
    return new TrainingTask.Validation(
        total / texts.size(), texts.size(), (double) right / texts.size());
  }

  private static double[] softmax(Tensor scores, int row, int classes) {
    double[] values = new double[classes];
    double largest = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < classes; c++) {
      values[c] = scores.get((long) row * classes + c);
      largest = Math.max(largest, values[c]);
    }
    double sum = 0;
    for (int c = 0; c < classes; c++) {
      values[c] = Math.exp(values[c] - largest);
      sum += values[c];
    }
    for (int c = 0; c < classes; c++) {
      values[c] /= sum;
    }
    return values;
  }
}
