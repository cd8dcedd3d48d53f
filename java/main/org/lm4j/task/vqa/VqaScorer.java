package org.lm4j.task.vqa;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.lm4j.compute.Backend;
import org.lm4j.model.HostCopies;
import org.lm4j.nn.SoftmaxOutput;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;
import org.lm4j.train.Finite;
import org.lm4j.train.TrainingTask;
import org.lm4j.train.batch.EpochOrder;

/** Answers questions and evaluates the answers. */
public final class VqaScorer {
  private static final int ROWS = 200;

  private VqaScorer() {}

  /** Receives the result of each question. */
  public interface Listener {
    /** Receives the most likely answer to question {@code index} and its probability. */
    void question(int index, int answer, double probability);
  }

  /**
   * The model's answer to one question.
   *
   * @param probabilities the probabilities of the answers
   * @param looks for each attention hop the weights of the cells, which sum to 1
   */
  public record Answer(List<Double> probabilities, List<List<Double>> looks) {
    /** Returns the indices of the answers, the most likely first. */
    public List<Integer> ranked() {
      return IntStream.range(0, probabilities.size())
          .boxed()
          .sorted(Comparator.comparingDouble(i -> -probabilities.get(i)))
          .toList();
    }
  }

  /** Answers question {@code i} of a set. */
  public static Answer ask(VqaNetwork model, VqaData set, int i) {
    int[] chosen = {i};
    try (VqaData.Loader loader = new VqaData.Loader(set);
        VqaBatch batch = model.batch(1, false);
        HostCopies copies = new HostCopies(model.backend())) {
      batch.prepare(loader.longest(chosen));
      loader.load(chosen, batch);
      double[] scores = copies.of(batch.scores()).toArray();
      Finite.scores(scores);
      List<List<Double>> looks = new ArrayList<>();
      for (int k = 0; k < model.config().shape().hops(); k++) {
        looks.add(Arrays.stream(copies.of(batch.look(k)).toArray()).boxed().toList());
      }
      return new Answer(Arrays.stream(softmax(scores)).boxed().toList(), List.copyOf(looks));
    }
  }

  /**
   * Scores all questions of a set.
   *
   * @return the mean loss over those whose answer the model can give, infinite if there are none,
   *     and the part of all questions answered right, where the others count as wrong
   */
  public static TrainingTask.Validation score(VqaNetwork model, VqaData set, Listener listener) {
    Backend backend = model.backend();
    int answers = model.config().answers();
    int block = Math.min(ROWS, set.count());
    int[] order = EpochOrder.byLength(set.count(), i -> set.words(i).length);
    double total = 0;
    long known = 0;
    long right = 0;
    try (VqaData.Loader loader = new VqaData.Loader(set);
        VqaBatch batch = model.batch(block, false);
        HostStorage storage = new HostStorage((long) block * (answers + 1) * DType.F64.bytes())) {
      Tensor scores = new Tensor(storage, 0, Shape.of(block, answers), DType.F64);
      Tensor losses = new Tensor(storage, (long) block * answers, Shape.of(block), DType.F64);
      for (int from = 0; from < order.length; from += block) {
        int count = Math.min(block, order.length - from);
        // A last block that is not full is filled up with its first question, which does not count.
        int[] chosen = new int[block];
        Arrays.fill(chosen, order[from]);
        System.arraycopy(order, from, chosen, 0, count);
        batch.prepare(loader.longest(chosen));
        loader.load(chosen, batch);
        backend.download(batch.scores(), scores);
        backend.download(batch.losses(), losses);
        for (int i = 0; i < count; i++) {
          double[] probabilities = softmax(scores.slice(i, 1).toArray());
          int best = highest(probabilities);
          int actual = set.answer(chosen[i]);
          total += losses.get(i);
          known += actual == SoftmaxOutput.IGNORE ? 0 : 1;
          right += best == actual ? 1 : 0;
          listener.question(chosen[i], best, probabilities[best]);
        }
      }
    }
    return new TrainingTask.Validation(
        known == 0 ? Double.POSITIVE_INFINITY : total / known,
        set.count(),
        (double) right / set.count());
  }

  private static double[] softmax(double[] scores) {
    double highest = scores[highest(scores)];
    double[] parts = Arrays.stream(scores).map(score -> Math.exp(score - highest)).toArray();
    double sum = Arrays.stream(parts).sum();
    return Arrays.stream(parts).map(part -> part / sum).toArray();
  }

  private static int highest(double[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      best = values[i] > values[best] ? i : best;
    }
    return best;
  }
}
