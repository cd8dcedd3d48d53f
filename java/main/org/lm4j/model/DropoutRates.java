package org.lm4j.model;

/**
 * How much of a language model is dropped out while it trains.
 *
 * @param units probability of dropping a number: of the embedding, between the layers, and of the
 *     last layer's output
 * @param weights probability of dropping a recurrent weight, the same for a whole window
 *     (DropConnect; Merity, Keskar and Socher, "Regularizing and Optimizing LSTM Language Models",
 *     ICLR 2018)
 */
public record DropoutRates(double units, double weights) {
  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is not in [0, 1)
   */
  public DropoutRates {
    if (!(units >= 0 && units < 1)) {
      throw new IllegalArgumentException("dropout must lie in [0, 1), not " + units);
    }
    if (!(weights >= 0 && weights < 1)) {
      throw new IllegalArgumentException("weight dropout must lie in [0, 1), not " + weights);
    }
  }

  /** What there is of it, to go on with after a comma; empty if nothing is dropped. */
  public String words() {
    return (units > 0 ? ", dropout " + units : "")
        + (weights > 0 ? ", weight dropout " + weights : "");
  }
}
