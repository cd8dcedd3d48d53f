package org.lm4j.verify;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.GemmOp;
import org.lm4j.compute.RnnSpec;
import org.lm4j.tensor.Tensor;
import org.lm4j.verify.RnnWindow.Wanted;

/**
 * The sizes at which a device's libraries change to other kernels, those of models people train;
 * and whole training steps, equal ones, which a device records and replays. For the reference these
 * are large: together they take it some ten seconds.
 */
public final class DeviceCases {
  private static final int STEPS = 35;
  private static final int VOCABULARY = 10_000;

  /**
   * In the first memory may still be taken; then two run directly, one is recorded, one replayed.
   */
  static final int EQUAL_STEPS = 5;

  private static final int IGNORE = -1;

  private DeviceCases() {}

  /** Returns all cases, their data drawn from {@code seed}. */
  public static List<ParityCase> all(long seed) {
    List<ParityCase> cases = new ArrayList<>();
    cases.add(backward(Cell.LSTM, 64, 2, 64, seed));
    cases.add(backward(Cell.LSTM, 100, 2, 20, seed));
    cases.add(backward(Cell.LSTM, 128, 2, 20, seed));
    cases.add(backward(Cell.LSTM, 200, 1, 20, seed));
    cases.add(backward(Cell.LSTM, 512, 1, 8, seed));
    cases.add(backward(Cell.GRU, 64, 1, 20, seed));
    cases.add(backward(Cell.GRU, 128, 2, 64, seed));
    cases.add(backward(Cell.GRU, 512, 1, 8, seed));
    cases.add(backward(Cell.RNN_TANH, 100, 1, 20, seed));
    cases.add(backward(Cell.RNN_TANH, 512, 1, 8, seed));
    cases.add(backward(Cell.RNN_RELU, 200, 1, 64, seed));
    cases.add(
        trainingSteps(new RnnSpec(Cell.LSTM, 128, 128, 2, 0), 8, VOCABULARY, EQUAL_STEPS, seed));
    cases.add(trainingSteps(new RnnSpec(Cell.GRU, 100, 100, 1, 0), 20, 65, EQUAL_STEPS, seed));
    return List.copyOf(cases);
  }

  static ParityCase forward(Cell cell, int hidden, int layers, int batch, long seed) {
    RnnSpec spec = new RnnSpec(cell, hidden, hidden, layers, 0);
    return window("rnnForward", new RnnWindow(spec, STEPS, batch, null, 1), seed);
  }

  static ParityCase backward(Cell cell, int hidden, int layers, int batch, long seed) {
    RnnSpec spec = new RnnSpec(cell, hidden, hidden, layers, 0);
    return window("rnnBackward", new RnnWindow(spec, STEPS, batch, Wanted.ALL, 1), seed);
  }

  /** Returns a case of truncated backpropagation, which has no gradient of the final state. */
  static ParityCase truncated(Cell cell, int hidden, int layers, int batch, long seed) {
    RnnSpec spec = new RnnSpec(cell, hidden, hidden, layers, 0);
    return window("rnnBackward", new RnnWindow(spec, STEPS, batch, Wanted.INPUT, 1), seed);
  }

  private static ParityCase window(String operation, RnnWindow window, long seed) {
    ParityCase.Builder builder =
        new ParityCase.Builder(operation, "as trained, " + window, seed).products();
    window.addTo(builder);
    return builder.runs(window::run);
  }

  /**
   * Returns a case with embedding, stack, output layer and loss, forward and back, in which the
   * gradients of equal steps add up.
   *
   * @param runs how many steps
   */
  static ParityCase trainingSteps(RnnSpec spec, int batch, int vocabulary, int runs, long seed) {
    int steps = STEPS;
    RnnWindow window = new RnnWindow(spec, steps, batch, Wanted.INPUT, runs, vocabulary);
    ParityCase.Builder builder =
        new ParityCase.Builder("training step", "equal steps, " + window, seed).products();
    window.addTo(builder);
    int rows = steps * batch;
    int hidden = spec.hiddenSize();
    double scale = 1 / Math.sqrt(hidden + 1.0);
    double layers = (double) steps * (batch + 2.0 * hidden) * spec.layers();
    return builder
        .reduction(runs * (layers + rows + hidden + vocabulary))
        .uniform("output", -scale, scale, vocabulary, hidden)
        .uniform("bias", -scale, scale, vocabulary)
        .ids("targets", vocabulary, IGNORE, rows)
        .numbers("logits", rows, vocabulary)
        .numbers("losses", rows)
        .numbers("dOutput", vocabulary, hidden)
        .numbers("dBias", vocabulary)
        .runs((backend, t) -> window.runSteps(backend, t, () -> head(backend, t, rows, hidden)));
  }

  private static void head(Backend backend, PreparedCase t, int rows, int hidden) {
    Tensor y = t.get("y").reshape(rows, hidden);
    Tensor logits = t.get("logits");
    backend.affine(y, t.get("output"), t.get("bias"), logits);
    backend.softmaxCrossEntropy(logits, t.get("targets"), IGNORE, 1.0 / rows, t.get("losses"));
    backend.affineGradients(y, logits, t.get("dOutput"), t.get("dBias"));
    backend.gemm(GemmOp.NN, 1, logits, t.get("output"), 0, t.get("dy").reshape(rows, hidden));
  }
}
