package org.lm4j.cli.inspect;

import java.util.List;
import org.lm4j.compute.Cell;
import org.lm4j.task.inspect.GradientFlow;
import org.lm4j.task.inspect.RecurrentSpectrum;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;

/**
 * A model and its measurements.
 *
 * @param name what distinguishes it from the others
 * @param config its shape
 * @param flow norms of its gradients
 * @param spectra singular values of each layer's recurrent weights
 */
record InspectedModel(
    String name,
    LanguageModelConfig config,
    GradientFlow.Result flow,
    List<RecurrentSpectrum> spectra) {

  /**
   * The norms of one state of one layer, by distance.
   *
   * @param name of model and state
   * @param relative its norms, divided by that of the layer's hidden state at distance 0
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Curve(String name, boolean cell, double[] relative) {
    /** Returns the first distance: the last loss does not depend on a cell state. */
    int from() {
      return cell ? 1 : 0;
    }

    /** Returns the factor per step: the geometric mean from distance 1 on, or NaN. */
    double perStep() {
      int last = relative.length - 1;
      return last >= 2 && relative[1] > 0 && relative[last] > 0
          ? Math.pow(relative[last] / relative[1], 1.0 / (last - 1))
          : Double.NaN;
    }
  }

  /** Measures {@code model} on some windows. */
  static InspectedModel of(String name, LanguageModelNetwork model, Excerpt text, double clip) {
    try (GradientFlow flow = new GradientFlow(model, text.steps(), text.windows())) {
      return new InspectedModel(
          name,
          model.config(),
          flow.measure(text.inputs(), text.next(), clip),
          RecurrentSpectrum.of(model));
    }
  }

  /**
   * The windows that a model reads.
   *
   * @param inputs time-major {@code (T, B)}
   * @param next the token after each window, {@code (B)}
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Excerpt(int[] inputs, int[] next) {
    int windows() {
      return next.length;
    }

    int steps() {
      return inputs.length / next.length;
    }
  }

  /**
   * Returns the curves of {@code layer}, from 0: of the hidden state, and of the cell state if
   * there is one.
   */
  List<Curve> curves(int layer) {
    GradientFlow.Layer norms = flow.layers().get(layer);
    double unit = norms.hidden()[0];
    Curve hidden = new Curve(name, false, divided(norms.hidden(), unit));
    return config.cell() == Cell.LSTM
        ? List.of(hidden, new Curve(name + " cell", true, divided(norms.cell(), unit)))
        : List.of(hidden);
  }

  private static double[] divided(double[] norms, double unit) {
    double[] relative = new double[norms.length];
    for (int k = 0; k < norms.length; k++) {
      relative[k] = norms[k] / unit;
    }
    return relative;
  }

  /** Returns whether clipping changes anything. */
  boolean clips() {
    double[] whole = flow.weights().accumulated();
    double[] clipped = flow.weights().clipped();
    for (int k = 0; k < whole.length; k++) {
      if (clipped[k] < whole[k]) {
        return true;
      }
    }
    return false;
  }

  /** Returns whether there is a gradient at all, and not an overflow on the way to the loss. */
  boolean finite() {
    return Double.isFinite(flow.loss()) && Double.isFinite(flow.layers().getLast().hidden()[0]);
  }
}
