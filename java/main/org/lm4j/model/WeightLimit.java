package org.lm4j.model;

import java.util.Locale;
import org.lm4j.compute.RnnSpec;
import org.lm4j.nn.SequenceEncoder;

/** Limits the number of weights of a configuration before memory is allocated for them. */
public final class WeightLimit {
  private static final double MOST = (1 << 30) - 1;

  private WeightLimit() {}

  /** Returns the number of weights of an encoder; a double cannot overflow. */
  public static double of(SequenceEncoder.Spec spec) {
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
  public static void require(double weights) {
    require(weights, MOST, "hidden or the vocabulary");
  }

  /**
   * Checks a number of weights.
   *
   * @param most the largest number allowed
   * @param widths the options to reduce, such as {@code hidden or embedding}
   * @throws IllegalArgumentException if there are more
   */
  public static void require(double weights, double most, String widths) {
    if (weights > most) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "the model would have %,.0f weights, more than %,.0f; make %s smaller",
              weights,
              most,
              widths));
    }
  }
}
