package org.lm4j.task.lm.pairs;

/**
 * Two sentences of which one is acceptable.
 *
 * @param uid names the set of pairs of one construction
 * @param phenomenon names what several such sets have in common; empty for none
 * @param id of the pair within its set
 * @param good the acceptable sentence
 * @param bad the other one
 * @param from {@link #WHOLE}; or where the last word of both begins, as for {@link String#charAt},
 *     if that word alone is scored after the same beginning
 */
public record MinimalPair(
    String uid, String phenomenon, String id, String good, String bad, int from) {
  /** The sentences are scored from their first token to their last. */
  public static final int WHOLE = -1;

  /** Creates a pair of whole sentences. */
  public static MinimalPair of(String uid, String phenomenon, String id, String good, String bad) {
    return new MinimalPair(uid, phenomenon, id, good, bad, WHOLE);
  }

  /**
   * Creates a pair of words after the same beginning.
   *
   * @param beginning the words before, which are read and not scored; may be empty
   */
  public static MinimalPair ofWords(
      String uid, String phenomenon, String id, String beginning, String good, String bad) {
    String before = beginning.isEmpty() ? "" : beginning + " ";
    return new MinimalPair(uid, phenomenon, id, before + good, before + bad, before.length());
  }

  /** Returns whether the last word alone is scored. */
  public boolean ofWords() {
    return from != WHOLE;
  }
}
