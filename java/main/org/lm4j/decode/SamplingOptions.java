package org.lm4j.decode;

import org.lm4j.InputException;

/**
 * How the next token is picked. Applied in this order: temperature, top-k, top-p.
 *
 * @param temperature divides the logits; at least {@value #MIN_TEMPERATURE}. Below 1 the likely
 *     becomes likelier
 * @param topK only this many of the likeliest tokens can be picked; 0 for all
 * @param topP only the smallest set of likeliest tokens whose probabilities reach this sum can be
 *     picked, in (0, 1]; 1 for all. Holtzman et al., "The Curious Case of Neural Text
 *     Degeneration", ICLR 2020
 * @param greedy always the likeliest, the lowest id among equals; the other values do not matter
 */
public record SamplingOptions(double temperature, int topK, double topP, boolean greedy) {
  /** Lower temperatures are better said with {@code greedy}. */
  public static final double MIN_TEMPERATURE = 1e-3;

  /** The model's own distribution. */
  public static final SamplingOptions DEFAULT = new SamplingOptions(1, 0, 1, false);

  /**
   * Checks every value.
   *
   * @throws InputException if one is out of its range
   */
  public SamplingOptions {
    if (!(temperature >= MIN_TEMPERATURE && temperature < Double.POSITIVE_INFINITY)) {
      throw new InputException(
          "the temperature must be a number from "
              + MIN_TEMPERATURE
              + " up, but is "
              + temperature
              + "; for the likeliest text ask for greedy generation");
    }
    if (topK < 0) {
      throw new InputException("top-k must be 0 (for all tokens) or more, but is " + topK);
    }
    if (!(topP > 0 && topP <= 1)) {
      throw new InputException("top-p must be above 0 and at most 1, but is " + topP);
    }
  }
}
