package org.lm4j.task.lm.line;

import java.util.Arrays;
import java.util.List;
import org.lm4j.compute.BackendException;
import org.lm4j.nn.SoftmaxOutput;
import org.lm4j.nn.Workspaces;
import org.lm4j.task.lm.CarriedState;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.Window;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/**
 * Scores sequences side by side, in windows over a network.
 *
 * <p>A CPU multiplies few rows, and scores them, in another order of additions than many; from
 * {@value #LEAST_ROWS} rows on the order does not depend on their number. Windows have at least as
 * many, so that a line has the bits that it has alone, unless the state is carried, where a window
 * reads no padding.
 */
final class WindowLines implements LineScorer.Engine {
  /** The fewest rows, {@code T · B}, of a window or step. */
  static final int LEAST_ROWS = 64;

  private static final int MOST_STEPS = 32; // of the windows that a line is cut into
  private static final int LEAST_STEPS = 4;
  private static final int[] BATCHES = {4, 16, LineScorer.MOST_LINES};

  private final LanguageModelNetwork model;
  private final LineScoring options;
  private final Workspaces<WindowShape, Window> windows;
  private final Workspaces<Integer, CarriedState> states;
  private final SharedPrefixes shared;

  /** The shape of a window, {@code T} and {@code B}. */
  private record WindowShape(int steps, int batch) {}

  WindowLines(LanguageModelNetwork model, LineScoring options) {
    this.model = model;
    this.options = options;
    this.windows =
        new Workspaces<>(shape -> model.window(shape.steps, shape.batch, false), Window::close);
    this.states = new Workspaces<>(model::newState, CarriedState::close);
    this.shared = new SharedPrefixes(model);
  }

  @Override
  public List<LineScorer.Sequence> together(List<LineScorer.Sequence> all) {
    return options.predictions() ? all : shared.run(all);
  }

  @Override
  public void run(List<LineScorer.Sequence> group) {
    int batch = options.carry() ? 1 : batch(group.size());
    int longest = group.stream().mapToInt(LineScorer.Sequence::steps).max().orElse(0);
    CarriedState state = states.of(batch);
    if (!options.carry()) {
      state.reset();
    }
    int least = options.carry() ? 1 : Math.max(LEAST_STEPS, LEAST_ROWS / batch);
    int done = 0;
    while (done < longest) {
      int steps = Math.max(least, Math.min(MOST_STEPS, Integer.highestOneBit(longest - done)));
      Window window = windows.of(new WindowShape(steps, batch));
      load(window, group, done);
      window.evaluate(state);
      state.advance();
      keepLosses(window, group, done);
      if (options.predictions()) {
        keepPredictions(window, group, done);
      }
      done += steps;
    }
  }

  private static int batch(int sequences) {
    return Arrays.stream(BATCHES).filter(size -> size >= sequences).findFirst().orElseThrow();
  }

  private static void load(Window window, List<LineScorer.Sequence> group, int from) {
    int batch = window.batch();
    int[] inputs = new int[window.steps() * batch];
    int[] targets = new int[inputs.length];
    Arrays.fill(targets, SoftmaxOutput.IGNORE);
    for (int b = 0; b < group.size(); b++) {
      LineScorer.Sequence sequence = group.get(b);
      int to = Math.min(sequence.steps(), from + window.steps());
      for (int t = from; t < to; t++) {
        int row = (t - from) * batch + b;
        inputs[row] = sequence.ids[t];
        targets[row] = sequence.isScored(t + 1) ? sequence.ids[t + 1] : SoftmaxOutput.IGNORE;
      }
    }
    window.load(inputs, targets);
  }

  private void keepLosses(Window window, List<LineScorer.Sequence> group, int from) {
    int batch = window.batch();
    int rows = window.steps() * batch;
    try (HostStorage storage = new HostStorage((long) rows * DType.F64.bytes())) {
      Tensor losses = new Tensor(storage, 0, Shape.of(rows), DType.F64);
      model.backend().download(window.losses(), losses);
      for (int row = 0; row < rows; row++) {
        int at = from + row / batch + 1;
        if (row % batch < group.size() && group.get(row % batch).isScored(at)) {
          double loss = losses.get(row);
          if (!Double.isFinite(loss)) {
            throw new BackendException(
                "the loss of a token is %s: the weights of the model are damaged".formatted(loss));
          }
          group.get(row % batch).nats[at] = loss;
        }
      }
    }
  }

  private void keepPredictions(Window window, List<LineScorer.Sequence> group, int from) {
    int batch = window.batch();
    window.logits(
        (row, logits) -> {
          int at = from + row / batch + 1;
          if (row % batch < group.size() && group.get(row % batch).isScored(at)) {
            LineScorer.Sequence sequence = group.get(row % batch);
            sequence.predictions[at] = Predictions.of(logits, sequence, at, options.top());
          }
        });
  }

  @Override
  public void close() {
    windows.close();
    states.close();
    shared.close();
  }
}
