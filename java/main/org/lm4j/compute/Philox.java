package org.lm4j.compute;

/**
 * Philox4x32-10, the counter-based random generator of Salmon, Moraes, Dror and Shaw, "Parallel
 * Random Numbers: As Easy as 1, 2, 3", SC 2011.
 *
 * <p>Every draw of lm4j is addressed, never sequenced: key = seed, counter = (index / 4, site,
 * step), and the four words of one block serve four neighbouring indices.
 */
public final class Philox {
  private static final int MULTIPLIER_0 = 0xD2511F53;
  private static final int MULTIPLIER_1 = 0xCD9E8D57;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;
  private static final int ROUNDS = 10;
  private static final long LOW_32 = 0xFFFFFFFFL;

  private Philox() {}

  /** Returns the four words of the block with counter {@code c0..c3} under key {@code k0, k1}. */
  public static int[] block(int c0, int c1, int c2, int c3, int k0, int k1) {
    int[] words = {c0, c1, c2, c3};
    mix(words, k0, k1);
    return words;
  }

  /** Applies ten rounds to a counter of four words, in place. */
  private static void mix(int[] words, int k0, int k1) {
    int x0 = words[0];
    int x1 = words[1];
    int x2 = words[2];
    int x3 = words[3];
    int key0 = k0;
    int key1 = k1;
    for (int round = 0; round < ROUNDS; round++) {
      long product0 = (x0 & LOW_32) * (MULTIPLIER_0 & LOW_32);
      long product1 = (x2 & LOW_32) * (MULTIPLIER_1 & LOW_32);
      int next0 = (int) (product1 >>> 32) ^ x1 ^ key0;
      int next2 = (int) (product0 >>> 32) ^ x3 ^ key1;
      x1 = (int) product1;
      x3 = (int) product0;
      x0 = next0;
      x2 = next2;
      key0 += WEYL_0;
      key1 += WEYL_1;
    }
    words[0] = x0;
    words[1] = x1;
    words[2] = x2;
    words[3] = x3;
  }

  /**
   * Returns the block that holds the draws for indices {@code 4 * quad .. 4 * quad + 3}.
   *
   * @param site which use of randomness asks: below 2^24
   */
  public static int[] block(RandomKey key, int site, long quad) {
    int[] words = new int[4];
    block(key, site, quad, words);
    return words;
  }

  /**
   * Writes a block into a buffer, for loops that draw many.
   *
   * @param words four; overwritten
   */
  public static void block(RandomKey key, int site, long quad, int[] words) {
    words[0] = (int) quad;
    words[1] = (int) (quad >>> 32) | site << 8;
    words[2] = (int) key.step();
    words[3] = (int) (key.step() >>> 32);
    mix(words, (int) key.seed(), (int) (key.seed() >>> 32));
  }

  /** Returns the 32 random bits of one index. */
  public static int bits(RandomKey key, int site, long index) {
    return block(key, site, index >>> 2)[(int) (index & 3)];
  }

  /** Returns a uniform number in [0, 1) with 32 random bits. */
  public static double uniform(RandomKey key, int site, long index) {
    return (bits(key, site, index) & LOW_32) * 0x1p-32;
  }

  /**
   * Returns the threshold of an inverted-dropout mask: an element is kept if its 32 bits, read
   * unsigned, are at or above it. Comparing raw bits involves no rounding, so all backends agree.
   *
   * @param p probability of dropping, in [0, 1)
   */
  public static long dropThreshold(double p) {
    return (long) (p * 0x1p32);
  }
}
