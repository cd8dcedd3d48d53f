package org.lm4j.decode;

import org.lm4j.compute.BackendException;

/** Picks the next token. Not thread-safe: it may keep buffers. */
@FunctionalInterface
public interface Sampler {
  /**
   * Returns an id in [0, V).
   *
   * @param logits {@code (V)}; not modified. Minus infinity excludes a token
   * @param position the position of the token in the generated text, from 0
   * @throws BackendException if a logit is NaN or plus infinity, or if no token is left to pick
   * @throws IllegalArgumentException if the number of logits is not V
   */
  int pick(double[] logits, long position);

  /**
   * Creates the sampler for these options.
   *
   * @param vocabulary the number of tokens, {@code V}
   * @param seed the user's seed
   * @param sample the number of the text among several with the same seed; each gets different
   *     draws
   * @param banned ids that are never picked, such as the one for unknown words
   * @throws IllegalArgumentException if a banned id is not in [0, V)
   */
  static Sampler of(SamplingOptions options, int vocabulary, long seed, int sample, int... banned) {
    Candidates candidates = new Candidates(vocabulary, banned);
    return options.greedy()
        ? (logits, position) -> candidates.argmax(logits)
        : new RandomSampler(options, candidates, seed, sample);
  }
}
