package org.lm4j.ngram;

/**
 * Sorts records of a few ints that lie one after the other in an array, by multikey quicksort
 * (Bentley and Sedgewick, "Fast Algorithms for Sorting and Searching Strings", 1997): many records
 * with equal beginnings, which n-grams are, cost no repeated comparisons.
 */
final class IntRecords {
  private static final int SMALL = 12;

  private final int[] data;
  private final int stride;
  private final int keys;

  private IntRecords(int[] data, int stride, int keys) {
    this.data = data;
    this.stride = stride;
    this.keys = keys;
  }

  /**
   * Sorts records by their first ints, in ascending order.
   *
   * @param stride ints of a record
   * @param keys how many of them, the first ones, decide
   * @param count number of records
   */
  static void sort(int[] data, int stride, int keys, int count) {
    new IntRecords(data, stride, keys).sort(0, count, 0);
  }

  /** Sorts the records {@code from} to {@code to - 1}, which agree in the ints before a depth. */
  private void sort(int from, int to, int depth) {
    int low = from;
    int high = to;
    int key = depth;
    while (high - low > SMALL && key < keys) {
      int pivot = pivot(low, high, key);
      int less = low; // before it: smaller
      int more = high; // from it on: greater
      for (int i = low; i < more; ) {
        int value = at(i, key);
        if (value < pivot) {
          swap(less++, i++);
        } else if (value > pivot) {
          swap(i, --more);
        } else {
          i++;
        }
      }
      int equal = more - less;
      if (equal >= less - low && equal >= high - more) { // the loop continues with the most
        sort(low, less, key);
        sort(more, high, key);
        low = less;
        high = more;
        key++;
      } else {
        sort(less, more, key + 1);
        if (less - low > high - more) {
          sort(more, high, key);
          high = less;
        } else {
          sort(low, less, key);
          low = more;
        }
      }
    }
    if (key < keys) {
      insertion(low, high, key);
    }
  }

  private void insertion(int low, int high, int depth) {
    for (int i = low + 1; i < high; i++) {
      for (int j = i; j > low && compare(j - 1, j, depth) > 0; j--) {
        swap(j - 1, j);
      }
    }
  }

  private int compare(int one, int other, int depth) {
    for (int key = depth; key < keys; key++) {
      int order = Integer.compare(at(one, key), at(other, key));
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  /** Returns the median of three medians of three. */
  private int pivot(int low, int high, int key) {
    int step = (high - low) / 9;
    int[] medians = new int[3];
    for (int i = 0; i < 3; i++) {
      int first = low + 3 * i * step;
      medians[i] = median(at(first, key), at(first + step, key), at(first + 2 * step, key));
    }
    return median(medians[0], medians[1], medians[2]);
  }

  private static int median(int a, int b, int c) {
    return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
  }

  private int at(int record, int key) {
    return data[record * stride + key];
  }

  private void swap(int one, int other) {
    int a = one * stride;
    int b = other * stride;
    for (int i = 0; i < stride; i++) {
      int kept = data[a + i];
      data[a + i] = data[b + i];
      data[b + i] = kept;
    }
  }
}
