package org.lm4j.task.lm.ngram;

import java.util.List;
import org.lm4j.ngram.NgramTable;
import org.lm4j.tensor.MemoryBudget;

/**
 * How an n-gram model is trained.
 *
 * @param order length of the longest n-grams
 * @param lines whether every line is a sentence, with a beginning and an end; else n-grams reach
 *     over line ends
 * @param pruned by length, from 1: n-grams that occur no more often than this are left out. The
 *     numbers must not decrease, and the first is 0; what is missing equals the last one; empty for
 *     none
 * @param memory bytes that counting may take; what exceeds them is sorted on disk, with the same
 *     result
 */
public record NgramOptions(int order, boolean lines, List<Integer> pruned, long memory) {
  /** The order of the published results. */
  public static final int USUAL_ORDER = 5;

  private static final long LEAST_MEMORY = 1 << 20;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is broken
   */
  public NgramOptions {
    pruned = List.copyOf(pruned);
    if (order < 1 || order > NgramTable.MOST_ORDER) {
      throw new IllegalArgumentException(
          "the order is from 1 to %d, not %d".formatted(NgramTable.MOST_ORDER, order));
    }
    if (memory < LEAST_MEMORY) {
      throw new IllegalArgumentException(
          "the memory is at least 1 MiB, not " + MemoryBudget.words(memory));
    }
  }

  /** Returns the defaults: order 5, each line a sentence, and a quarter of the heap. */
  public static NgramOptions defaults() {
    return new NgramOptions(USUAL_ORDER, true, List.of(), usualMemory());
  }

  /** Returns a quarter of the largest heap of this process, in bytes. */
  public static long usualMemory() {
    return Math.max(LEAST_MEMORY, Runtime.getRuntime().maxMemory() / 4);
  }
}
