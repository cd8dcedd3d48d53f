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
   */
  static TokenSampler of(
      IncrementalDecoder reader, SamplingOptions options, long seed, int sample, int... banned) {
    double[] logits = new double[reader.vocabulary()];
    Sampler sampler = Sampler.of(options, reader.vocabulary(), seed, sample, banned);
    TokenSampler plain =
        position -> {
          reader.logits(logits);
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
