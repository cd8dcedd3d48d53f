package org.lm4j.model;

/**
 * How much of a language model is dropped out while it trains.
 *
 * @param units probability of dropping a number between the layers and of the last layer's output
 * @param embedding probability of dropping a number of the embedding; where it is zero the first
 *     layer can look its input products up, which is a good deal faster over small vocabularies
 * @param weights probability of dropping a recurrent weight, the same for a whole window
 *     (DropConnect; Merity, Keskar and Socher, "Regularizing and Optimizing LSTM Language Models",
 *     ICLR 2018)
 */
public record DropoutRates(double units, double embedding, double weights) {
  /** Nothing is dropped. */
  public static final DropoutRates NONE = of(0);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is not in [0, 1)
   */
  public DropoutRates {
    require("dropout", units);
    require("embedding dropout", embedding);
    require("weight dropout", weights);
  }

  /** The same of the embedding as of the rest, and none of the weights. */
  public static DropoutRates of(double units) {
    return new DropoutRates(units, units, 0);
  }

  private static void require(String name, double rate) {
    if (!(rate >= 0 && rate < 1)) {
      throw new IllegalArgumentException(name + " must lie in [0, 1), not " + rate);
    }
  }

  /** What there is of it, to go on with after a comma; empty if nothing is dropped. */
  public String words() {
    return (units > 0 ? ", dropout " + units : "")
        + (embedding == units ? "" : ", embedding dropout " + embedding)
        + (weights > 0 ? ", weight dropout " + weights : "");
  }
}
