package org.lm4j.task.lm.adapt;

import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.nn.Parameter;
import org.lm4j.nn.Workspaces;
import org.lm4j.task.lm.CarriedState;
import org.lm4j.task.lm.Evaluator;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.Window;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.token.StreamBatches;
import org.lm4j.text.token.TokenFile;

/**
 * Computes the root mean square of each weight's gradient over a training text: of the mean loss of
 * windows of one segment by up to 100 streams, without dropout, as the authors of dynamic
 * evaluation do.
 */
final class GradientStatistics {
  private static final RandomKey UNUSED = new RandomKey(0, 0);
  private static final int STREAMS = 100;
  private static final long MOST_TOKENS = 200_000;

  private GradientStatistics() {}

  /**
   * Fills in the roots of a network and their mean, which it returns.
   *
   * @param text the training text, of which 200,000 tokens count, from places spread over the whole
   *     text
   * @param segment steps of a window
   */
  static double compute(
      AdaptiveNetwork adaptive,
      TokenFile text,
      int segment,
      Evaluator.@Nullable ProgressListener progress) {
    LanguageModelNetwork network = adaptive.network();
    Backend backend = network.backend();
    int streams = Math.clamp(text.size() / (2L * segment), 1, STREAMS);
    if (text.size() <= streams) {
      throw new InputException(
          "the training text is too short for the statistics of its gradients");
    }
    StreamBatches batches = new StreamBatches(text, streams, segment);
    long windows =
        Math.min(batches.windows(), Math.max(1, MOST_TOKENS / ((long) streams * segment)));
    int[] inputs = new int[streams * segment];
    int[] targets = new int[inputs.length];
    Tensor gradients = network.parameters().gradients();
    Tensor squares = adaptive.roots();
    backend.fill(squares, 0);
    try (CarriedState state = network.newState(streams);
        Workspaces<Integer, Window> shapes =
            new Workspaces<>(steps -> network.window(steps, streams, true), Window::close)) {
      for (long w = 0; w < windows; w++) {
        Window window = shapes.of(batches.stepsOf(w));
        batches.fill(w, inputs, targets);
        window.load(inputs, targets);
        window.train(state, UNUSED, window.steps() * streams);
        state.advance();
        backend.multiply(gradients, gradients, gradients);
        backend.axpy(1, gradients, squares);
        backend.fill(gradients, 0);
        if (progress != null) {
          progress.windows(w + 1, windows);
        }
      }
    }
    double mean = toRoots(adaptive, windows);
    adaptive.setMeanRoot(mean);
    return mean;
  }

  /** Replaces sums of squares by the roots of the means, and returns the mean of these. */
  private static double toRoots(AdaptiveNetwork adaptive, long windows) {
    LanguageModelNetwork network = adaptive.network();
    Tensor flat = adaptive.roots();
    double sum = 0;
    int parameters = 0;
    for (Parameter parameter : network.parameters().all()) {
      Tensor squares = network.parameters().viewIn(flat, parameter);
      try (HostStorage storage = new HostStorage(squares.size() * DType.F64.bytes())) {
        Tensor host = new Tensor(storage, 0, squares.shape(), DType.F64);
        network.backend().download(squares, host);
        double ofParameter = 0;
        for (long i = 0; i < host.size(); i++) {
          double root = Math.sqrt(host.get(i) / windows);
          host.set(i, root);
          ofParameter += root;
        }
        network.backend().upload(host, squares);
        sum += ofParameter / host.size();
        parameters++;
      }
    }
    return sum / parameters;
  }
}
