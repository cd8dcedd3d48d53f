package org.lm4j.nn.softmax;

import java.util.Arrays;
import org.lm4j.compute.Philox;
import org.lm4j.compute.RandomKey;

/**
 * Draws the words that a step of sampled softmax compares its targets with: distinct ones, each
 * with a probability that grows with its count in the training text to the power 3/4.
 *
 * <p>Words are drawn until there are as many different ones as wanted. A word of probability {@code
 * p} is then among them {@code 1 - (1 - p)^tries} times on average, the expected count by which
 * Jean et al., "On Using Very Large Target Vocabulary for Neural Machine Translation", 2015,
 * section 3, correct its logit; TensorFlow's samplers do the same. Draws are addressed by {@link
 * Philox}: the same key gives the same words.
 *
 * <p>Used by one thread at a time.
 */
public final class CandidateSampler {
  private static final double POWER = 0.75;
  private static final int MOST_SHARE = 2;

  private final double[] upTo; // sums of probabilities, the word's own included
  private final int[] drawn; // the words of the last draw
  private final int[] places; // by word: its index in drawn, if the generation is the current one
  private final int[] generations; // by word
  private int generation;
  private long tries;

  /**
   * Creates a sampler.
   *
   * @param counts of each word in the training text; a word without one counts as if it had one
   * @param samples number {@code S} of words in a draw
   * @throws IllegalArgumentException if that is more than half of the words
   */
  public CandidateSampler(long[] counts, int samples) {
    if (samples < 1 || samples > counts.length / MOST_SHARE) {
      throw new IllegalArgumentException(
          "sampled softmax can draw 1 to %d of %d words, half of them, not %d"
              .formatted(counts.length / MOST_SHARE, counts.length, samples));
    }
    this.upTo = new double[counts.length];
    this.drawn = new int[samples];
    this.places = new int[counts.length];
    this.generations = new int[counts.length];
    double sum = 0;
    for (int word = 0; word < counts.length; word++) {
      sum += Math.pow((double) Math.max(1, counts[word]), POWER);
      upTo[word] = sum;
    }
    for (int word = 0; word < counts.length; word++) {
      upTo[word] /= sum;
    }
  }

  /** Returns the number {@code S} of words in a draw. */
  public int samples() {
    return drawn.length;
  }

  /** Returns the number {@code V} of words. */
  public int words() {
    return upTo.length;
  }

  /**
   * Draws words.
   *
   * @param site which use of randomness asks, see {@link Philox}
   * @return the {@code S} words, in the order in which they were drawn; overwritten by the next
   *     draw
   */
  public int[] draw(RandomKey key, int site) {
    generation++;
    int count = 0;
    int[] bits = new int[4];
    tries = 0;
    while (count < drawn.length) {
      if ((tries & 1) == 0) {
        Philox.block(key, site, tries >> 1, bits);
      }
      int at = (int) (tries & 1) * 2;
      double uniform = ((bits[at] & 0xFFFFFFFFL) * 0x1p21 + (bits[at + 1] >>> 11)) * 0x1p-53;
      tries++;
      int word = wordAt(uniform);
      if (generations[word] != generation) {
        generations[word] = generation;
        places[word] = count;
        drawn[count++] = word;
      }
    }
    return drawn;
  }

  private int wordAt(double uniform) {
    int found = Arrays.binarySearch(upTo, uniform);
    int word = found >= 0 ? found + 1 : -found - 1; // the first whose sum is above it
    return Math.min(word, upTo.length - 1);
  }

  /** Returns the index of a word in the last draw, -1 if it was not drawn. */
  public int place(int word) {
    return generations[word] == generation ? places[word] : -1;
  }

  /** Returns the logarithm of the expected count of a word in the last draw. */
  public double logExpectedCount(int word) {
    double probability = upTo[word] - (word == 0 ? 0 : upTo[word - 1]);
    return Math.log(-Math.expm1(tries * Math.log1p(-probability)));
  }
}
