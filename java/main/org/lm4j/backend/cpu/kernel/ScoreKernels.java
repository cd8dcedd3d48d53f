package org.lm4j.backend.cpu.kernel;

/**
 * The logarithm of the sum of the exponentials of rows of logits that come a panel at a time, so
 * that they need never be in memory all together: each lane keeps the largest it has seen and the
 * sum of exponentials below that, which is scaled when a larger one comes (Milakov and Gimelshein,
 * "Online normalizer calculation for softmax", 2018).
 *
 * <p>A row's state is a vector of floats, the maxima, and two of doubles, the sums. A tile is rows
 * of {@link #TILE_VECTORS} vectors, of which the product fills the first three or four.
 */
public interface ScoreKernels {
  /** Vectors of a row of a tile: the widest panel's and one to work with. */
  int TILE_VECTORS = ProductKernels.PANEL_VECTORS + 1;

  /** The initial value of each lane: not -∞, from which no number can be subtracted. */
  float LEAST = -Float.MAX_VALUE;

  /** The factor of a positive number in {@link #raise}. */
  float ABOVE = 1 + 0x1p-22f;

  /** The factor of a negative number in {@link #raise}. */
  float BELOW = 1 - 0x1p-22f;

  /**
   * Adds some logits.
   *
   * @param vectors how many of a row of the tile hold logits: that of a wide or a narrow panel
   * @param tile {@code (rows, TILE_VECTORS · lanes)}; undefined afterwards
   * @param state of each of the rows
   */
  void add(int rows, int vectors, long tile, long state);

  /** Brings the lanes of each row together: its maximum to lane 0, and the sums below that. */
  void finish(int rows, long state);

  /** Returns the largest of some vectors of floats; of a NaN and a number, whichever. */
  float largest(int vectors, long x);

  /**
   * Overwrites some vectors of floats, none above {@code max}, with {@code exp((x - max) ·
   * factor)}; a number of -∞ becomes zero.
   *
   * @param sums receives a vector: the sum of each lane
   */
  void weights(int vectors, long x, float max, float factor, long sums);

  /**
   * Adds {@code more} to some vectors of floats, and as much as they have been rounded by: {@code
   * 2^-22} of each.
   */
  void raise(int vectors, long x, float more);
}
