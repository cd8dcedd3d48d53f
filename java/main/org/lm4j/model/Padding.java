package org.lm4j.model;

/**
 * Decides the extents to which batches of sequences are padded. Few shapes are better, since each
 * needs its own memory.
 */
public interface Padding {
  /** The padding used in training: an eighth more than needed on average. */
  Padding USUAL = Padding::roundUp;

  /** Returns the padded number of steps or rows, at least {@code number}. */
  int of(int number);

  private static int roundUp(int number) {
    int grain = Math.max(4, Integer.highestOneBit(Math.max(1, number - 1)) / 4);
    return Math.max(1, Math.ceilDiv(number, grain)) * grain;
  }
}
