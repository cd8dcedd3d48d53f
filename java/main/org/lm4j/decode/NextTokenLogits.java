package org.lm4j.decode;

/**
 * Several sequences side by side that are written token by token: what was read so far decides what
 * is expected next. {@link org.lm4j.compute.IncrementalDecoder} is the same for one sequence of a
 * language model.
 */
public interface NextTokenLogits {
  /** Number {@code R} of sequences. */
  int rows();

  /** Number {@code V} of tokens. */
  int vocabulary();

  /**
   * Reads one token of each sequence.
   *
   * @param tokens {@code R}, each in [0, V)
   * @param logits {@code R·V}; overwritten with what is expected next, row by row
   */
  void read(int[] tokens, double[] logits);

  /**
   * Lets each sequence go on from what another one has read. Only sequences that are about the same
   * thing may take each other's place.
   *
   * @param from {@code R} rows
   */
  void select(int[] from);
}
