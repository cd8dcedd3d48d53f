package org.lm4j.model;

import org.lm4j.compute.Philox;
import org.lm4j.compute.RandomKey;
import org.lm4j.nn.Parameter;
import org.lm4j.tensor.Tensor;

/**
 * First values of the weights: uniform, drawn by {@link Philox}, so that a seed gives the same
 * model on every backend.
 *
 * @param range half-width of the interval for every weight (Zaremba et al. use 0.1, 0.05, 0.04);
 *     NaN for PyTorch's habits: 1/√H in the recurrent stack, 0.1 in embedding and output layer,
 *     output biases zero
 * @param forgetBias added to the input bias of an LSTM's forget gate (1 lets gradients through from
 *     the start: Jozefowicz et al., "An Empirical Exploration of Recurrent Network Architectures",
 *     2015)
 */
public record Initialization(double range, double forgetBias) {
  /** PyTorch's habits with a forget bias of 1. */
  public static final Initialization DEFAULT = new Initialization(Double.NaN, 1);

  private static final double OUTER_RANGE = 0.1;
  private static final long BEFORE_TRAINING = -1; // a step no training step has

  /** Writes first values into host tensors of the parameters' shapes. */
  void draw(ModelConfig config, Parameter parameter, int site, long seed, Tensor host) {
    double half = halfWidth(config, parameter.name());
    RandomKey key = new RandomKey(seed, BEFORE_TRAINING);
    for (long i = 0; i < host.size(); i++) {
      host.set(i, half * (2 * Philox.uniform(key, site, i) - 1));
    }
    if (parameter.name().startsWith("rnn.bias_ih") && config.cell().hasCellState()) {
      int hidden = config.hidden(); // gates i, f, g, o: the second block is the forget gate's
      for (int i = hidden; i < 2 * hidden; i++) {
        host.set(i, host.get(i) + forgetBias);
      }
    }
  }

  private double halfWidth(ModelConfig config, String name) {
    if (!Double.isNaN(range)) {
      return range;
    }
    if (name.startsWith("rnn.")) {
      return 1 / Math.sqrt(config.hidden());
    }
    return name.equals("decoder.bias") ? 0 : OUTER_RANGE;
  }
}
