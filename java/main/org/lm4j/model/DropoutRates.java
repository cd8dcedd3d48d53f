package org.lm4j.model;

/**
 * The dropout rates of a language model in training.
 *
 * @param units probability of dropping a number between the layers and of the last layer's output
 * @param embedding probability of dropping a number of the embedding; where it is zero the first
 *     layer can look its input products up, which is much faster with small vocabularies
 * @param weights probability of dropping a recurrent weight, the same for a whole window
 *     (DropConnect; Merity, Keskar and Socher, "Regularizing and Optimizing LSTM Language Models",
 *     ICLR 2018)
 */
public record DropoutRates(double units, double embedding, double weights) {
  /** No dropout. */
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

  /** Returns the same rate for the embedding as for the units, and no dropout of weights. */
  public static DropoutRates of(double units) {
    return new DropoutRates(units, units, 0);
  }

  private static void require(String name, double rate) {
    if (!(rate >= 0 && rate < 1)) {
      throw new IllegalArgumentException(name + " must lie in [0, 1), not " + rate);
    }
  }

  /** Describes the rates, to be appended after a comma; empty if all are zero. */
  public String words() {
    return (units > 0 ? ", dropout " + units : "")
        + (embedding == units ? "" : ", embedding dropout " + embedding)
        + (weights > 0 ? ", weight dropout " + weights : "");
  }
}
