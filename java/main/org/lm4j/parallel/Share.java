package org.lm4j.parallel;

import org.lm4j.InputException;
import org.lm4j.compute.RandomKey;

/**
 * The part of every batch that one of {@code N} ranks computes: neighbouring rows, of equal number
 * but for one.
 *
 * @param rank from 0
 * @param size number of ranks
 */
public record Share(int rank, int size) {
  /** The share of a process that trains alone. */
  public static final Share WHOLE = new Share(0, 1);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if the rank is not one of them
   */
  public Share {
    if (rank < 0 || rank >= size) {
      throw new IllegalArgumentException("rank %d of %d".formatted(rank, size));
    }
  }

  /** Returns the share of a rank. */
  public static Share of(Communicator ranks) {
    return new Share(ranks.rank(), ranks.size());
  }

  /** Returns whether there are no other ranks. */
  public boolean isWhole() {
    return size == 1;
  }

  /**
   * Returns the rows of this share.
   *
   * @param batch rows of a batch
   * @throws InputException if there are fewer rows than ranks
   */
  public RandomKey.Rows rows(int batch) {
    if (batch < size) {
      throw InputException.naming(
          "a batch of %d is too small for %d processes: make {batch} larger, or start fewer."
              .formatted(batch, size));
    }
    int first = (int) ((long) batch * rank / size);
    int end = (int) ((long) batch * (rank + 1) / size);
    return new RandomKey.Rows(first, end - first, batch);
  }
}
