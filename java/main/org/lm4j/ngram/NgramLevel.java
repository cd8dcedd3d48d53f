package org.lm4j.ngram;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The n-grams of one length in ascending order of their tokens, as columns. The n-grams that
 * continue the one at an index lie together in the next level.
 *
 * @param count how many there are
 * @param words I32, the last token of each; empty in level 1, where the index is the token
 * @param logs the natural logarithm of each probability, F32 or F64
 * @param backoffs the natural logarithm of each weight for backing off, of the same type; empty in
 *     the last level
 * @param first I32, {@code count + 1} of them: where the n-grams that continue each begin in the
 *     next level; empty in the last one
 * @param wide whether logarithms are F64
 */
record NgramLevel(
    int count,
    MemorySegment words,
    MemorySegment logs,
    MemorySegment backoffs,
    MemorySegment first,
    boolean wide) {
  private static final ValueLayout.OfInt INT = JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT = JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble DOUBLE = JAVA_DOUBLE_UNALIGNED.withOrder(LITTLE_ENDIAN);

  int word(int index) {
    return words.get(INT, 4L * index);
  }

  double log(int index) {
    return number(logs, index);
  }

  double backoff(int index) {
    return number(backoffs, index);
  }

  /** Returns where the continuations of the n-gram before an index end, and its own begin. */
  int first(int index) {
    return first.get(INT, 4L * index);
  }

  private double number(MemorySegment numbers, int index) {
    return wide ? numbers.get(DOUBLE, 8L * index) : numbers.get(FLOAT, 4L * index);
  }

  /** Returns the index of a token in {@code from} to {@code to - 1}; -1 if it is not there. */
  int find(int word, int from, int to) {
    int low = from;
    int high = to - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int here = word(middle);
      if (here < word) {
        low = middle + 1;
      } else if (here > word) {
        high = middle - 1;
      } else {
        return middle;
      }
    }
    return -1;
  }
}
