package org.lm4j.decode;

import org.lm4j.compute.BackendException;

/** Picks the next token. One thread at a time: it may keep buffers. */
@FunctionalInterface
public interface Sampler {
  /**
   * An id in [0, V).
   *
   * @param logits {@code (V)}; left as they are. Minus infinity says never
   * @param position of the token in the text being generated, from 0
   * @throws BackendException if a logit is NaN or plus infinity, or if no token is left to pick
   * @throws IllegalArgumentException if there are not as many logits as the sampler was made for
   */
  int pick(double[] logits, long position);

  /**
   * The sampler for these options.
   *
   * @param vocabulary number of tokens, {@code V}
   * @param seed the user's
   * @param sample which of several texts with the same seed: each gets draws of its own
   * @param banned ids that are never picked, such as the one for unknown words
   * @throws IllegalArgumentException if a banned id is not in [0, V)
   */
  static Sampler of(SamplingOptions options, int vocabulary, long seed, int sample, int... banned) {
    Candidates candidates = new Candidates(vocabulary, banned);
    return options.greedy()
        ? (logits, position) -> candidates.likeliest(logits)
        : new RandomSampler(options, candidates, seed, sample);
  }
}
