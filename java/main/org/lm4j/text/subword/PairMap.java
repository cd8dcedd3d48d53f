package org.lm4j.text.subword;

import java.util.Arrays;

/** A map from pairs of ids to whole numbers of at least 0, by open addressing. */
final class PairMap {
  private static final long FREE = -1;

  private long[] keys;
  private int[] values;
  private int size;

  PairMap(int expected) {
    int capacity = Integer.highestOneBit(Math.max(16, expected)) * 4;
    keys = new long[capacity];
    values = new int[capacity];
    Arrays.fill(keys, FREE);
  }

  static long pair(int left, int right) {
    return (long) left << 32 | right;
  }

  /** Returns the value of a pair, -1 if it has none. */
  int get(long pair) {
    int at = place(pair);
    return keys[at] == FREE ? -1 : values[at];
  }

  void put(long pair, int value) {
    int at = place(pair);
    if (keys[at] == FREE) {
      keys[at] = pair;
      size++;
    }
    values[at] = value;
    if (2 * size > keys.length) {
      grow();
    }
  }

  private int place(long pair) {
    long mixed = pair * 0x9E3779B97F4A7C15L;
    int at = (int) (mixed >>> 32) & (keys.length - 1);
    while (keys[at] != FREE && keys[at] != pair) {
      at = (at + 1) & (keys.length - 1);
    }
    return at;
  }

  private void grow() {
    long[] oldKeys = keys;
    int[] oldValues = values;
    keys = new long[2 * oldKeys.length];
    values = new int[keys.length];
    Arrays.fill(keys, FREE);
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != FREE) {
        int at = place(oldKeys[i]);
        keys[at] = oldKeys[i];
        values[at] = oldValues[i];
      }
    }
  }
}
