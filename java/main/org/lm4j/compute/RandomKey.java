package org.lm4j.compute;

import org.jspecify.annotations.Nullable;

/**
 * The key of a random draw besides its position: the run's seed and the training step. The same
 * key, site and index give the same number on every backend and for any number of threads, so
 * nothing of a generator needs saving but the step.
 *
 * @param seed chosen by the user, once per run
 * @param step counts optimizer steps from 0
 * @param rows which rows of a batch are computed here; null for all of them
 */
public record RandomKey(long seed, long step, @Nullable Rows rows) {
  /** Creates the key of a whole batch. */
  public RandomKey(long seed, long step) {
    this(seed, step, null);
  }

  /**
   * Neighbouring rows of a batch, for one of several processes that share it.
   *
   * @param first from 0
   * @param count at least 1
   * @param of rows of the batch
   */
  public record Rows(int first, int count, int of) {
    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if the rows do not lie in the batch
     */
    public Rows {
      if (first < 0 || count < 1 || first > of - count) {
        throw new IllegalArgumentException(
            "rows [%d, %d) of %d".formatted(first, first + count, of));
      }
    }
  }

  /** Returns the key for some rows of the batch: they draw what they would in the whole of it. */
  public RandomKey of(Rows some) {
    return new RandomKey(seed, step, some);
  }

  /** Returns the key for what does not depend on the batch, such as weights. */
  public RandomKey whole() {
    return rows == null ? this : new RandomKey(seed, step);
  }

  /**
   * Returns the index by which an element draws: its place in the tensor of the whole batch.
   *
   * @param element its place in a tensor of {@code T} steps of the rows here, {@code (T, B, width)}
   * @param width numbers of a row
   */
  public long index(long element, int width) {
    if (rows == null) {
      return element;
    }
    long row = element / width;
    long step = row / rows.count;
    return ((step * rows.of + rows.first) + row % rows.count) * width + element % width;
  }
}
