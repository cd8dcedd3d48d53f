package org.lm4j.compute.update;

/**
 * The rows of a table whose gradients a step changes; those of all others stay zero. Each row is
 * there once, in the order in which they were added. Kept on the host; used by one thread at a
 * time.
 */
public final class TouchedRows {
  private final int[] generations; // by row
  private final int[] rows;
  private int count;
  private int generation = 1;

  /** Creates an empty set of rows of a table of {@code size} rows. */
  public TouchedRows(int size) {
    this.generations = new int[size];
    this.rows = new int[size];
  }

  /** Removes all rows. */
  public void clear() {
    count = 0;
    generation++;
  }

  /** Adds the first {@code number} of {@code added}, where they are not there yet. */
  public void add(int[] added, int number) {
    for (int i = 0; i < number; i++) {
      int row = added[i];
      if (generations[row] != generation) {
        generations[row] = generation;
        rows[count++] = row;
      }
    }
  }

  /** Returns the number of rows. */
  public int count() {
    return count;
  }

  /** Returns the row with an index below {@link #count}. */
  public int row(int index) {
    return rows[index];
  }

  /** Returns the number of rows of the table. */
  public int size() {
    return rows.length;
  }
}
