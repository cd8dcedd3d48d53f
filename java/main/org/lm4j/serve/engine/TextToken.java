package org.lm4j.serve.engine;

import java.util.List;

/**
 * One token of a text.
 *
 * @param id in [0, V)
 * @param generated whether it was generated; else it belongs to the prompt
 * @param bytes that it adds to the text, which may be a part of a character
 * @param text what can be shown once it is known: empty while a character is incomplete, or while a
 *     stop text may have begun
 * @param logProbability natural logarithm of its probability; NaN if that is not asked for, or
 *     nothing was read before it
 * @param top the most likely tokens at its place, the most likely first; empty if not asked for
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record TextToken(
    int id,
    boolean generated,
    byte[] bytes,
    String text,
    double logProbability,
    List<Alternative> top) {

  /**
   * A token that could have been at a place.
   *
   * @param logProbability natural logarithm of its probability
   */
  public record Alternative(int id, double logProbability) {}

  /** Copies the list. */
  public TextToken {
    top = List.copyOf(top);
  }
}
