package org.lm4j.ngram;

import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The counts from which Kneser-Ney smoothing is estimated. Those of the longest n-grams, and of
 * those that begin with the beginning of a sentence, say how often they occur; those of others, in
 * how many tokens they differ from a longer one: how many different tokens precede them.
 *
 * <p>Every token is counted as the end of an n-gram of the longest length, with beginnings of a
 * sentence in the places before the first. Sorted by their last token, then the one before it and
 * so on, those that end with the same shorter n-gram lie together, so that one pass counts all
 * lengths.
 */
final class NgramCounts implements AutoCloseable {
  private final int order;
  private final int begin; // the id of the beginning of a sentence
  private final long memory;
  private final @Nullable Path folder;
  private final int[] reversed; // the last tokens, the newest first
  private final RecordSorter longest;
  private final RecordSorter[] sorters; // by length, from 2
  private final long[] singles;
  private final long[][] countsOfCounts; // by length, then count from 1 to 4
  private long tokens;

  /**
   * Prepares to count.
   *
   * @param order length of the longest n-grams
   * @param vocabulary {@code V}
   * @param memory bytes that it may take
   * @param folder for temporary files; null for the system's
   */
  NgramCounts(int order, int vocabulary, long memory, @Nullable Path folder) {
    this.order = order;
    this.begin = vocabulary;
    this.memory = memory;
    this.folder = folder;
    this.reversed = new int[order];
    this.longest = new RecordSorter(order, 1, true, memory / 2, folder);
    this.sorters = new RecordSorter[order + 1];
    this.singles = new long[vocabulary];
    this.countsOfCounts = new long[order + 1][5];
    beginSentence();
  }

  /** Makes what follows the beginning of a sentence. */
  void beginSentence() {
    Arrays.fill(reversed, begin);
  }

  /** Counts the next token. */
  void add(int token) {
    System.arraycopy(reversed, 0, reversed, 1, order - 1);
    reversed[0] = token;
    longest.add(reversed, 1);
    tokens++;
  }

  /** Returns the number of tokens that were counted. */
  long tokens() {
    return tokens;
  }

  /** Computes the counts of all lengths; afterwards no token may be added. */
  void finish() {
    for (int length = 2; length <= order; length++) {
      sorters[length] = new RecordSorter(length, 2, false, memory / 2 / order, folder);
    }
    int[] open = new int[order]; // the n-grams that have begun, by their last tokens
    long[] different = new long[order + 1];
    long[] occurrences = new long[order + 1];
    boolean first = true;
    try (RecordStream records = longest.sorted()) {
      while (records.next()) {
        int[] key = records.key();
        int common = first ? 0 : Arrays.mismatch(open, key);
        for (int length = order; length > common && !first; length--) {
          emit(open, length, different[length], occurrences[length]);
        }
        for (int length = 1; length <= order; length++) {
          boolean begun = length > common;
          occurrences[length] = (begun ? 0 : occurrences[length]) + records.value(0);
          boolean another = length >= common;
          different[length] = (begun ? 0 : different[length]) + (another ? 1 : 0);
        }
        System.arraycopy(key, 0, open, 0, order);
        first = false;
      }
    }
    for (int length = order; length > 0 && !first; length--) {
      emit(open, length, different[length], occurrences[length]);
    }
    longest.close();
  }

  private void emit(int[] open, int length, long different, long occurrences) {
    boolean begins = open[length - 1] == begin;
    if (begins && open[length - 2] == begin) {
      return; // the beginning of a sentence is one token
    }
    long count = length == order || begins ? occurrences : different;
    if (count < 5) {
      countsOfCounts[length][(int) count]++;
    }
    if (length == 1) {
      singles[open[0]] = count;
      return;
    }
    int[] forward = new int[length];
    for (int i = 0; i < length; i++) {
      forward[i] = open[length - 1 - i];
    }
    sorters[length].add(forward, count, occurrences);
  }

  /** Returns the counts of single tokens. */
  long[] singles() {
    return singles;
  }

  /**
   * Returns the n-grams of a length from 2 in ascending order of their tokens, each with its count
   * and how often it occurs.
   */
  RecordStream sorted(int length) {
    return sorters[length].sorted();
  }

  /** Frees the memory of the n-grams of a length. */
  void close(int length) {
    sorters[length].close();
  }

  /** Returns how many n-grams of a length have a count, by counts from 1 to 4. */
  long[] countsOfCounts(int length) {
    return countsOfCounts[length].clone();
  }

  @Override
  public void close() {
    longest.close();
    for (RecordSorter sorter : sorters) {
      if (sorter != null) {
        sorter.close();
      }
    }
  }
}
