package org.lm4j.decode;

import java.util.List;

/**
 * The options of generation: how tokens are sampled, and when the text ends. Immutable; every
 * method returns a changed copy.
 *
 * <pre>
 *   Sampling.temperature(0.8).topK(40).seed(1).length(200)
 * </pre>
 *
 * @param options temperature, top-k, top-p, or greedy choice of the most likely token
 * @param seed of the random numbers; the same seed gives the same text
 * @param length the largest number of tokens to generate, at least 1
 * @param stops texts that end the generation where they appear, without being part of the result
 */
public record Sampling(SamplingOptions options, long seed, int length, List<String> stops) {
  /** The number of tokens that are generated unless another {@link #length(int)} is set. */
  public static final int DEFAULT_LENGTH = 500;

  /** The seed unless another one is set. */
  public static final long DEFAULT_SEED = 1;

  private static final Sampling DEFAULTS =
      new Sampling(SamplingOptions.DEFAULT, DEFAULT_SEED, DEFAULT_LENGTH, List.of());

  /**
   * Checks the length and the stop texts.
   *
   * @throws org.lm4j.InputException if a stop text is empty
   * @throws IllegalArgumentException if the length is not positive
   */
  public Sampling {
    if (length < 1) {
      throw new IllegalArgumentException("length must be at least 1, not " + length);
    }
    stops = StopText.checked(stops);
  }

  /** Samples from the distribution of the model itself: temperature 1, all tokens. */
  public static Sampling defaults() {
    return DEFAULTS;
  }

  /**
   * Samples with a temperature, which divides the logits: below 1 likely tokens become more likely.
   *
   * @throws org.lm4j.InputException if it is not at least {@link SamplingOptions#MIN_TEMPERATURE}
   */
  public static Sampling temperature(double temperature) {
    return DEFAULTS.with(new SamplingOptions(temperature, 0, 1, false));
  }

  /** Always takes the most likely token; the seed is then irrelevant. */
  public static Sampling greedy() {
    return DEFAULTS.with(new SamplingOptions(1, 0, 1, true));
  }

  /**
   * Samples from the {@code k} most likely tokens only; 0 for all of them.
   *
   * @throws org.lm4j.InputException if it is negative
   */
  public Sampling topK(int k) {
    return with(
        new SamplingOptions(
            options.temperature(),
            k,
            options.topP(),
            options.minP(),
            options.repetitionPenalty(),
            options.greedy()));
  }

  /**
   * Samples from the smallest set of most likely tokens whose probabilities add up to {@code p}.
   *
   * @throws org.lm4j.InputException if it is not in (0, 1]
   */
  public Sampling topP(double p) {
    return with(
        new SamplingOptions(
            options.temperature(),
            options.topK(),
            p,
            options.minP(),
            options.repetitionPenalty(),
            options.greedy()));
  }

  /**
   * Leaves out tokens whose probability is less than {@code p} times that of the most likely one.
   *
   * @throws org.lm4j.InputException if it is not in [0, 1]
   */
  public Sampling minP(double p) {
    return with(
        new SamplingOptions(
            options.temperature(),
            options.topK(),
            options.topP(),
            p,
            options.repetitionPenalty(),
            options.greedy()));
  }

  /**
   * Makes tokens less likely that are among the last {@value RecentTokens#WINDOW} of prompt and
   * text: divides their positive logits by {@code penalty}, and multiplies the negative ones.
   *
   * @throws org.lm4j.InputException if it is out of the range of {@link SamplingOptions}
   */
  public Sampling repetitionPenalty(double penalty) {
    return with(
        new SamplingOptions(
            options.temperature(),
            options.topK(),
            options.topP(),
            options.minP(),
            penalty,
            options.greedy()));
  }

  /** Sets the seed of the random numbers. */
  public Sampling seed(long value) {
    return new Sampling(options, value, length, stops);
  }

  /** Sets the largest number of tokens to generate. */
  public Sampling length(int tokens) {
    return new Sampling(options, seed, tokens, stops);
  }

  /** Ends the generation where one of these texts appears. */
  public Sampling stop(String... texts) {
    return new Sampling(options, seed, length, List.of(texts));
  }

  private Sampling with(SamplingOptions changed) {
    return new Sampling(changed, seed, length, stops);
  }
}
