package org.lm4j.decode;

import org.lm4j.compute.IncrementalDecoder;
import org.lm4j.compute.Philox;
import org.lm4j.compute.RandomKey;

/**
 * Samples exactly from the softmax of logits of which only upper bounds are known, by rejection
 * sampling (von Neumann, "Various techniques used in connection with random digits", 1951): a token
 * drawn by the softmax of the bounds is kept with probability {@code exp((logit - bound) /
 * temperature)}, which needs only that logit. Bounds that are some tenths too high cost an
 * occasional extra draw.
 */
final class RejectionSampler implements TokenSampler {
  /**
   * The lowest temperature; below it, bounds that are tenths too high cause most draws to be
   * rejected.
   */
  static final double LEAST_TEMPERATURE = 0.3;

  /** The first random site; each draw takes two, after that of a draw by the logits. */
  static final int SITE = RandomSampler.SITE + 1;

  /** The number of rejected draws after which computing all the logits is cheaper. */
  static final int MOST_DRAWS = 8;

  private final IncrementalDecoder reader;
  private final double temperature;
  private final RandomKey key;
  private final TokenSampler plain;
  private final Candidates candidates;
  private final double[] bounds;

  /**
   * Creates a sampler for the tokens after those the decoder has read.
   *
   * @param plain the sampler to use when all draws were rejected; this does not change the
   *     distribution, since a draw does not depend on rejected ones
   */
  RejectionSampler(
      IncrementalDecoder reader,
      double temperature,
      long seed,
      int sample,
      TokenSampler plain,
      int... banned) {
    this.reader = reader;
    this.temperature = temperature;
    this.key = new RandomKey(seed, sample);
    this.plain = plain;
    this.candidates = new Candidates(reader.vocabulary(), banned);
    this.bounds = new double[reader.vocabulary()];
  }

  @Override
  public int pick(long position) {
    reader.upperBounds(bounds);
    candidates.fill(bounds, temperature);
    for (int draw = 0; draw < MOST_DRAWS; draw++) {
      int id = candidates.at(Philox.uniform(key, SITE + 2 * draw, position));
      double kept = Math.exp((reader.logit(id) - bounds[id]) / temperature);
      if (Philox.uniform(key, SITE + 2 * draw + 1, position) < kept) {
        return id;
      }
    }
    return plain.pick(position);
  }
}
