package org.lm4j.text.token;

/** Token ids of a text that is scored, on disk or in memory. May be read by several threads. */
public interface TokenSequence {
  /** Returns N, the number of tokens. */
  long size();

  /** Returns whether the text of the token at an index in 0..N-1 was not in the vocabulary. */
  boolean isOov(long index);

  /** Copies the ids from..from+count-1 to target[at..at+count-1]. */
  void copy(long from, int count, int[] target, int at);

  /** Returns how much text the tokens cover. */
  CorpusStats stats();
}
