package org.lm4j.model;

import org.lm4j.compute.RnnSpec;
import org.lm4j.nn.SequenceEncoder;

/** How many weights a configuration may speak of, told before memory is taken for them. */
final class WeightLimit {
  private static final double MOST = (1 << 30) - 1;

  private WeightLimit() {}

  /** Number of weights of an encoder; a double cannot overflow. */
  static double of(SequenceEncoder.Spec spec) {
    RnnSpec stack = spec.stack();
    double directions = spec.bidirectional() ? 2 : 1;
    double hidden = stack.hiddenSize();
    double rows = stack.cell().gates() * hidden;
    double first = rows * (stack.inputSize() + hidden + 2);
    double later = rows * (directions * hidden + hidden + 2);
    return directions * (first + (stack.layers() - 1) * later);
  }

  /**
   * Checks a number of weights.
   *
   * @throws IllegalArgumentException if there are more than fit one buffer
   */
  static void require(double weights) {
    if (weights > MOST) {
      throw new IllegalArgumentException(
          "the model would have %.0f weights, more than %.0f".formatted(weights, MOST));
    }
  }
}
