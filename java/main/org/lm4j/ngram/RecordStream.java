package org.lm4j.ngram;

/**
 * Records in the order of their keys, one after the other. A record is some ints, the key, and some
 * longs.
 */
interface RecordStream extends AutoCloseable {
  /** Moves to the next record, the first one at the first call; returns false if there is none. */
  boolean next();

  /** Returns the key of the record, in an array that the next call of {@link #next} overwrites. */
  int[] key();

  /** Returns one of its longs. */
  long value(int index);

  @Override
  void close();
}
