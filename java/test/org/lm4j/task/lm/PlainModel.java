package org.lm4j.task.lm;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.compute.Cell;

/**
 * The forward pass of a language model over one sequence in plain loops, written from the equations
 * alone, with one number of one state shifted on the way: what a derivative by that state means.
 */
public final class PlainModel {
  private final LanguageModelConfig config;
  private final LanguageModelNetwork model;

  /**
   * A number that is shifted after it is computed and before it is used.
   *
   * @param cell whether of c, else of h
   * @param layer from 0
   * @param step from 1
   */
  public record Shift(boolean cell, int layer, int step, int index, double by) {}

  /** Creates the model of weights that the host can read. */
  public PlainModel(LanguageModelNetwork model) {
    this.model = model;
    this.config = model.config();
  }

  /** Cross-entropy at the last step. */
  public double loss(int[] inputs, int target, Shift shift) {
    int width = config.hidden();
    List<double[]> h = new ArrayList<>();
    List<double[]> c = new ArrayList<>();
    for (int layer = 0; layer < config.layers(); layer++) {
      h.add(new double[width]);
      c.add(new double[width]);
    }
    for (int t = 1; t <= inputs.length; t++) {
      double[] x = row(LanguageModelNetwork.ENCODER_WEIGHT, inputs[t - 1], config.embedding());
      for (int layer = 0; layer < config.layers(); layer++) {
        h.set(layer, step(layer, x, h.get(layer), c.get(layer)));
        if (shift.layer == layer && shift.step == t) {
          (shift.cell ? c : h).get(layer)[shift.index] += shift.by;
        }
        x = h.get(layer);
      }
    }
    String output =
        config.tied() ? LanguageModelNetwork.ENCODER_WEIGHT : LanguageModelNetwork.DECODER_WEIGHT;
    double[] logits =
        affine(output, LanguageModelNetwork.DECODER_BIAS, h.getLast(), config.vocabulary());
    double sum = 0;
    for (double logit : logits) {
      sum += Math.exp(logit);
    }
    return Math.log(sum) - logits[target];
  }

  /** The next hidden state; {@code c} becomes the next cell state. */
  private double[] step(int layer, double[] x, double[] h, double[] c) {
    int width = config.hidden();
    int rows = config.cell().gates() * width;
    double[] a = affine("rnn.weight_ih_l" + layer, "rnn.bias_ih_l" + layer, x, rows);
    double[] u = affine("rnn.weight_hh_l" + layer, "rnn.bias_hh_l" + layer, h, rows);
    double[] next = new double[width];
    for (int j = 0; j < width; j++) {
      if (config.cell() == Cell.LSTM) {
        double i = sigmoid(a[j] + u[j]);
        double f = sigmoid(a[width + j] + u[width + j]);
        double g = Math.tanh(a[2 * width + j] + u[2 * width + j]);
        double o = sigmoid(a[3 * width + j] + u[3 * width + j]);
        c[j] = f * c[j] + i * g;
        next[j] = o * Math.tanh(c[j]);
      } else if (config.cell() == Cell.GRU) {
        double r = sigmoid(a[j] + u[j]);
        double z = sigmoid(a[width + j] + u[width + j]);
        double n = Math.tanh(a[2 * width + j] + r * u[2 * width + j]);
        next[j] = (1 - z) * n + z * h[j];
      } else {
        double s = a[j] + u[j];
        next[j] = config.cell() == Cell.RNN_TANH ? Math.tanh(s) : Math.max(0, s);
      }
    }
    return next;
  }

  private double[] affine(String weight, String bias, double[] x, int rows) {
    double[] y = row(bias, 0, rows);
    for (int i = 0; i < rows; i++) {
      double[] w = row(weight, i, x.length);
      for (int j = 0; j < x.length; j++) {
        y[i] += w[j] * x[j];
      }
    }
    return y;
  }

  private double[] row(String name, int row, int width) {
    double[] values = new double[width];
    for (int j = 0; j < width; j++) {
      values[j] = model.parameters().get(name).value().get((long) row * width + j);
    }
    return values;
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }
}
