package org.lm4j.decode;

import org.lm4j.compute.IncrementalDecoder;

/** Picks the token that follows those a decoder has read. */
@FunctionalInterface
public interface TokenSampler {
  /**
   * Returns an id in [0, V).
   *
   * @param position the position of the token in the generated text, from 0
   * @throws org.lm4j.compute.BackendException as {@link Sampler#pick} does
   */
  int pick(long position);

  /**
   * Creates the sampler for these options: by weights in blocks or by rejection with bounds of the
   * logits where that is cheaper and no token is filtered out, else by the logits.
   *
   * @param seed the user's seed
   * @param sample the number of the text among several with the same seed
   * @param banned ids that are never picked
   * @throws IllegalArgumentException if there is a repetition penalty, which needs the tokens of
   *     the text
   */
  static TokenSampler of(
      IncrementalDecoder reader, SamplingOptions options, long seed, int sample, int... banned) {
    if (options.repetitionPenalty() != 1) {
      throw new IllegalArgumentException("a repetition penalty needs the tokens of the text");
    }
    return of(reader, options, new RecentTokens(-1), seed, sample, banned);
  }

  /**
   * Creates the sampler for these options, as {@link #of(IncrementalDecoder, SamplingOptions, long,
   * int, int...)} does, for a text whose tokens the caller adds to {@code recent}.
   */
  static TokenSampler of(
      IncrementalDecoder reader,
      SamplingOptions options,
      RecentTokens recent,
      long seed,
      int sample,
      int... banned) {
    double[] logits = new double[reader.vocabulary()];
    Sampler sampler = Sampler.of(options, reader.vocabulary(), seed, sample, banned);
    TokenSampler plain =
        position -> {
          reader.logits(logits);
          recent.penalize(logits, options.repetitionPenalty());
          return sampler.pick(logits, position);
        };
    if (!options.all() || options.temperature() < RejectionSampler.LEAST_TEMPERATURE) {
      return plain;
    }
    if (reader.blockSize() > 0) {
      return new BlockSampler(reader, options.temperature(), seed, sample, plain, banned);
    }
    return reader.bounds()
        ? new RejectionSampler(reader, options.temperature(), seed, sample, plain, banned)
        : plain;
  }
}
