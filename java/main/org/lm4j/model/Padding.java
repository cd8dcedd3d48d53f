package org.lm4j.model;

/**
 * To what extents batches of sequences are padded. Few shapes are wanted, since each takes memory
 * of its own.
 */
public interface Padding {
  /** As in training: an eighth more than needed on average. */
  Padding USUAL = Padding::roundUp;

  /** Steps or rows for so many, at least as many. */
  int of(int number);

  private static int roundUp(int number) {
    int grain = Math.max(4, Integer.highestOneBit(Math.max(1, number - 1)) / 4);
    return Math.max(1, Math.ceilDiv(number, grain)) * grain;
  }
}
