package org.lm4j.text.token;

/**
 * A random order of the numbers below {@code n} that needs no memory: a balanced Feistel network
 * over the smallest even number of bits that hold them, applied until the result is below {@code n}
 * (Black and Rogaway, "Ciphers with Arbitrary Finite Domains", 2002, their cycle-walking cipher).
 * Immutable.
 */
final class Permutation {
  private static final int ROUNDS = 8;
  private static final long GOLDEN = 0x9E3779B97F4A7C15L; // 2^64 over the golden ratio

  private final long n;
  private final int half;
  private final long mask;
  private final long key;

  /**
   * Creates an order.
   *
   * @param n at least 1
   * @param key orders of different keys are unrelated
   */
  Permutation(long n, long key) {
    if (n < 1) {
      throw new IllegalArgumentException("there is no order of " + n + " numbers");
    }
    this.n = n;
    int bits = Long.SIZE - Long.numberOfLeadingZeros(n - 1);
    this.half = Math.max(1, (bits + 1) / 2);
    this.mask = (1L << half) - 1;
    this.key = mix(key);
  }

  /** Returns a key of several numbers. */
  static long key(long seed, long epoch, long site) {
    return mix(mix(mix(seed) + epoch * GOLDEN) + site * GOLDEN);
  }

  /** Returns the number at a place in 0..n-1. */
  long at(long place) {
    long x = place;
    do {
      long left = x >>> half;
      long right = x & mask;
      for (int round = 1; round <= ROUNDS; round++) {
        long next = left ^ (mix(key + round * GOLDEN ^ right) & mask);
        left = right;
        right = next;
      }
      x = left << half | right;
    } while (x >= n);
    return x;
  }

  /** Mixes all bits: the finalizer of SplitMix64 (Steele, Lea and Flood, 2014). */
  private static long mix(long number) {
    long x = number;
    x = (x ^ x >>> 30) * 0xBF58476D1CE4E5B9L;
    x = (x ^ x >>> 27) * 0x94D049BB133111EBL;
    return x ^ x >>> 31;
  }
}
