package org.lm4j.decode;

import org.lm4j.compute.Philox;
import org.lm4j.compute.RandomKey;

/** Samples from the distribution after temperature, top-k and top-p. */
final class RandomSampler implements Sampler {
  /** The random site of the sampler, far from those of dropout. */
  static final int SITE = 1 << 23;

  private final SamplingOptions options;
  private final Candidates candidates;
  private final RandomKey key;

  RandomSampler(SamplingOptions options, Candidates candidates, long seed, int sample) {
    this.options = options;
    this.candidates = candidates;
    this.key = new RandomKey(seed, sample);
  }

  @Override
  public int pick(double[] logits, long position) {
    candidates.fill(logits, options.temperature());
    candidates.keep(options.topK(), options.topP());
    candidates.keepLikely(options.minP());
    return candidates.at(Philox.uniform(key, SITE, position));
  }
}
