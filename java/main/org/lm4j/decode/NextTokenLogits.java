package org.lm4j.decode;

/**
 * A model that generates several sequences side by side, token by token: each read returns the
 * logits of the next token. {@link org.lm4j.compute.IncrementalDecoder} does the same for one
 * sequence of a language model.
 */
public interface NextTokenLogits {
  /** Returns the number {@code R} of sequences. */
  int rows();

  /** Returns the size {@code V} of the vocabulary. */
  int vocabulary();

  /**
   * Reads one token of each sequence.
   *
   * @param tokens {@code R}, each in [0, V)
   * @param logits {@code R·V}; overwritten with the logits of the next token, row by row
   */
  void read(int[] tokens, double[] logits);

  /**
   * Continues each sequence from the state of another. Only sequences with the same context may
   * replace each other.
   *
   * @param from {@code R} source rows
   */
  void select(int[] from);
}
