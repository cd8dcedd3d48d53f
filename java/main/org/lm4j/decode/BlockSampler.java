package org.lm4j.decode;

import java.util.Arrays;
import java.util.Objects;
import org.lm4j.compute.IncrementalDecoder;
import org.lm4j.compute.Philox;
import org.lm4j.compute.RandomKey;

/**
 * Samples exactly from the softmax of logits, by the sums of weights that the decoder computes in
 * blocks: a draw looks at the sums, then at the weights of one block. As in {@link
 * RejectionSampler}, weights may be those of upper bounds: a token is kept with the probability by
 * which its own weight is smaller.
 */
final class BlockSampler implements TokenSampler {
  private final IncrementalDecoder reader;
  private final double temperature;
  private final RandomKey key;
  private final TokenSampler plain;
  private final int[] banned;
  private final int size;
  private final double[] sums;
  private final double[] weights; // of one block

  /**
   * Creates a sampler for the tokens after those the decoder has read.
   *
   * @param plain the sampler to use when all draws were rejected, and to say what is wrong with
   *     logits that are not numbers
   */
  BlockSampler(
      IncrementalDecoder reader,
      double temperature,
      long seed,
      int sample,
      TokenSampler plain,
      int... banned) {
    for (int id : banned) {
      Objects.checkIndex(id, reader.vocabulary());
    }
    this.reader = reader;
    this.temperature = temperature;
    this.key = new RandomKey(seed, sample);
    this.plain = plain;
    this.banned = banned.clone();
    this.size = reader.blockSize();
    this.sums = new double[(reader.vocabulary() + size - 1) / size];
    this.weights = new double[size];
  }

  @Override
  public int pick(long position) {
    double max = reader.weights(temperature, sums);
    for (int id : banned) {
      sums[id / size] = open(id / size);
    }
    double total = Arrays.stream(sums).sum();
    if (!(total > 0 && total < Double.POSITIVE_INFINITY)) {
      return plain.pick(position);
    }
    for (int draw = 0; draw < RejectionSampler.MOST_DRAWS; draw++) {
      int site = RejectionSampler.SITE + 2 * draw;
      int id = at(Philox.uniform(key, site, position) * total);
      double own = Math.exp((reader.logit(id) - max) / temperature);
      if (Philox.uniform(key, site + 1, position) < own / weights[id % size]) {
        return id;
      }
    }
    return plain.pick(position);
  }

  /** Reads the weights of a block, banned ones as zeros; returns their sum. */
  private double open(int block) {
    reader.block(block, weights);
    for (int id : banned) {
      if (id / size == block) {
        weights[id % size] = 0;
      }
    }
    double sum = 0;
    for (double weight : weights) {
      sum += weight;
    }
    return sum;
  }

  /** Returns the token selected by {@code mass} from the cumulative weights; opens its block. */
  private int at(double mass) {
    double rest = mass;
    int heavy = 0; // the last block with a weight above zero
    for (int block = 0; block < sums.length; block++) {
      if (rest < sums[block]) {
        return within(block, rest);
      }
      rest -= sums[block];
      heavy = sums[block] > 0 ? block : heavy;
    }
    return within(heavy, Double.POSITIVE_INFINITY); // rounding left a remainder: the last one
  }

  private int within(int block, double mass) {
    double ignored = open(block);
    double rest = mass;
    int last = -1; // of weight above zero
    for (int i = 0; i < size && rest >= 0; i++) {
      rest -= weights[i];
      last = weights[i] > 0 ? i : last;
    }
    return block * size + last;
  }
}
