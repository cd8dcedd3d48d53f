package org.lm4j.task.embed;

import org.lm4j.compute.Philox;
import org.lm4j.compute.RandomKey;

/**
 * Draws words in proportion to a power of their counts, 3/4 in Mikolov et al., 2013: by the alias
 * method (Walker, 1977; the tables as Vose, "A Linear Algorithm for Generating Random Numbers with
 * a Given Distribution", 1991, builds them), which is exact and as small as the vocabulary, whereas
 * word2vec uses a table of 10⁸ entries.
 */
final class NoiseTable {
  /** The power. */
  static final double POWER = 0.75;

  private static final long LOW_32 = 0xFFFFFFFFL;
  private static final double SCALE = 0x1p32;

  private final int[] alias; // by place
  private final long[] threshold; // probability of the place's own word, in 2^32nds
  private final int[] words = new int[4]; // random bits

  /**
   * Creates a table for words with these counts; a word without a count is never drawn.
   *
   * @throws IllegalArgumentException if no count is positive
   */
  NoiseTable(long[] counts) {
    int size = counts.length;
    double[] share = new double[size];
    double total = 0;
    for (int i = 0; i < size; i++) {
      share[i] = Math.pow((double) counts[i], POWER);
      total += share[i];
    }
    if (!(total > 0)) {
      throw new IllegalArgumentException("no word has a count");
    }
    this.alias = new int[size];
    this.threshold = new long[size];
    int[] small = new int[size];
    int[] large = new int[size];
    int smalls = 0;
    int larges = 0;
    for (int i = 0; i < size; i++) {
      share[i] *= size / total;
      if (share[i] < 1) {
        small[smalls++] = i;
      } else {
        large[larges++] = i;
      }
    }
    while (smalls > 0 && larges > 0) {
      int less = small[--smalls];
      int more = large[larges - 1];
      alias[less] = more;
      threshold[less] = (long) (share[less] * SCALE);
      share[more] -= 1 - share[less];
      if (share[more] < 1) {
        larges--;
        small[smalls++] = more;
      }
    }
    // The rest differs from 1 only by rounding; a word without a count is never among it, since its
    // place was filled first.
    while (larges > 0) {
      int more = large[--larges];
      alias[more] = more;
      threshold[more] = 1L << 32;
    }
    while (smalls > 0) {
      int less = small[--smalls];
      alias[less] = counts[less] > 0 ? less : mostFrequent(counts);
      threshold[less] = counts[less] > 0 ? 1L << 32 : 0;
    }
  }

  private static int mostFrequent(long[] counts) {
    int most = 0;
    for (int i = 1; i < counts.length; i++) {
      if (counts[i] > counts[most]) {
        most = i;
      }
    }
    return most;
  }

  /**
   * Draws {@code count} words for one position in a text.
   *
   * @param at the position
   * @param into receives the words, from index 0
   */
  void draw(RandomKey key, int site, long at, int count, int[] into) {
    long quads = Math.ceilDiv(count, 2);
    for (int i = 0; i < count; i += 2) {
      Philox.block(key, site, at * quads + (i >> 1), words);
      into[i] = word(words[0], words[1]);
      if (i + 1 < count) {
        into[i + 1] = word(words[2], words[3]);
      }
    }
  }

  private int word(int first, int second) {
    int place = (int) (((first & LOW_32) * alias.length) >>> 32);
    return (second & LOW_32) < threshold[place] ? place : alias[place];
  }
}
