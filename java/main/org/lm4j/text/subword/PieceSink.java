package org.lm4j.text.subword;

/** Receives the pieces of a text in their order. */
@FunctionalInterface
public interface PieceSink {
  /**
   * Receives one piece.
   *
   * @param id its id; that of the unknown token for text that the tokenizer lacks, -1 where it has
   *     no such token
   * @param start where its text begins, as for {@link String#charAt}; pieces that are parts of one
   *     character all begin where the character begins
   * @param end where its text ends, exclusive; parts of one character all end where it ends
   * @param known whether the tokenizer has a piece for the text
   */
  void piece(int id, int start, int end, boolean known);
}
