package org.lm4j.decode;

import org.lm4j.InputException;

/**
 * Options for sampling the next token, applied in this order: repetition penalty, temperature,
 * top-k, top-p, min-p.
 *
 * @param temperature divides the logits; at least {@value #MIN_TEMPERATURE}. Below 1 it sharpens
 *     the distribution
 * @param topK samples only from this many of the most likely tokens; 0 for all
 * @param topP samples only from the smallest set of most likely tokens whose probabilities reach
 *     this sum, in (0, 1]; 1 for all. Holtzman et al., "The Curious Case of Neural Text
 *     Degeneration", ICLR 2020
 * @param minP leaves out tokens whose probability is less than this share of the most likely one's,
 *     in [0, 1]; 0 for none. Nguyen et al., "Turning Up the Heat: Min-p Sampling for Creative and
 *     Coherent LLM Outputs", ICLR 2025
 * @param repetitionPenalty divides the positive logits, and multiplies the negative ones, of the
 *     tokens in the {@linkplain RecentTokens window}, prompt included; from {@value
 *     #MIN_REPETITION_PENALTY} to {@value #MAX_REPETITION_PENALTY}, 1 for no change. Keskar et al.,
 *     "CTRL: A Conditional Transformer Language Model for Controllable Generation", 2019
 * @param greedy always picks the most likely token, the lowest id among equals; of the other
 *     options only the repetition penalty then has an effect
 */
public record SamplingOptions(
    double temperature,
    int topK,
    double topP,
    double minP,
    double repetitionPenalty,
    boolean greedy) {
  /** The lowest temperature; below it use {@code greedy}. */
  public static final double MIN_TEMPERATURE = 1e-3;

  /** The lowest repetition penalty; below 1 it is a reward. */
  public static final double MIN_REPETITION_PENALTY = 0.1;

  /** The highest repetition penalty. */
  public static final double MAX_REPETITION_PENALTY = 10;

  /** Samples from the model's distribution unchanged. */
  public static final SamplingOptions DEFAULT = new SamplingOptions(1, 0, 1, 0, false);

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
              + "; for the most likely text use greedy generation");
    }
    if (topK < 0) {
      throw new InputException("top-k must be 0 (for all tokens) or more, but is " + topK);
    }
    if (!(topP > 0 && topP <= 1)) {
      throw new InputException("top-p must be above 0 and at most 1, but is " + topP);
    }
    if (!(minP >= 0 && minP <= 1)) {
      throw new InputException("min-p must be from 0 to 1, but is " + minP);
    }
    if (!(repetitionPenalty >= MIN_REPETITION_PENALTY
        && repetitionPenalty <= MAX_REPETITION_PENALTY)) {
      throw new InputException(
          "the repetition penalty must be from %s to %s, but is %s"
              .formatted(MIN_REPETITION_PENALTY, MAX_REPETITION_PENALTY, repetitionPenalty));
    }
  }

  /**
   * Returns options without a repetition penalty.
   *
   * @throws InputException if a value is out of its range
   */
  public SamplingOptions(double temperature, int topK, double topP, double minP, boolean greedy) {
    this(temperature, topK, topP, minP, 1, greedy);
  }

  /**
   * Returns options without min-p and repetition penalty.
   *
   * @throws InputException if a value is out of its range
   */
  public SamplingOptions(double temperature, int topK, double topP, boolean greedy) {
    this(temperature, topK, topP, 0, greedy);
  }

  /** Returns whether every token can be sampled, with logits that no other token changes. */
  public boolean all() {
    return !greedy && topK == 0 && topP == 1 && minP == 0 && repetitionPenalty == 1;
  }
}
