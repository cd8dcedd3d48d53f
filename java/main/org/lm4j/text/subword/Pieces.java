package org.lm4j.text.subword;

import java.util.Arrays;

/** The pieces of one part of a text. Filled once, and not changed after that. */
final class Pieces {
  private int size;
  private int[] ids;
  private int[] starts;
  private int[] ends;

  Pieces(int expected) {
    this.ids = new int[expected];
    this.starts = new int[expected];
    this.ends = new int[expected];
  }

  /** Adds a piece and its place in the part; id -1 for text without a piece. */
  void add(int id, int start, int end) {
    if (size == ids.length) {
      ids = Arrays.copyOf(ids, 2 * size + 2);
      starts = Arrays.copyOf(starts, 2 * size + 2);
      ends = Arrays.copyOf(ends, 2 * size + 2);
    }
    ids[size] = id;
    starts[size] = start;
    ends[size++] = end;
  }

  int size() {
    return size;
  }

  int id(int index) {
    return ids[index];
  }

  int start(int index) {
    return starts[index];
  }

  int end(int index) {
    return ends[index];
  }
}
