package org.lm4j.decode;

import org.lm4j.compute.IncrementalDecoder;
import org.lm4j.compute.Philox;
import org.lm4j.compute.RandomKey;

/**
 * Draws from the softmax of logits of which only upper bounds are known, exactly, by rejection (von
 * Neumann, "Various techniques used in connection with random digits", 1951): a token drawn by the
 * softmax of the bounds is kept with probability {@code exp((logit - bound) / temperature)}, which
 * takes the one logit. Bounds some tenths too high cost a draw more now and then.
 */
final class RejectionSampler implements TokenSampler {
  /** Below, bounds that are tenths too high are too far away, and most draws rejected. */
  static final double LEAST_TEMPERATURE = 0.3;

  /** Each draw takes two, after that of a draw by the logits. */
  private static final int SITE = RandomSampler.SITE + 1;

  /** So many draws rejected are no cheaper than all the logits. */
  private static final int MOST_DRAWS = 8;

  private final IncrementalDecoder reader;
  private final double temperature;
  private final RandomKey key;
  private final TokenSampler plain;
  private final Candidates candidates;
  private final double[] bounds;

  /**
   * For the tokens after those the reader has read.
   *
   * @param plain draws by the logits themselves; where all draws were rejected, which changes
   *     nothing in the distribution, since what is drawn does not depend on draws rejected
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
