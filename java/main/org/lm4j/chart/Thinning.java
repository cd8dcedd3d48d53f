package org.lm4j.chart;

import java.util.Arrays;

/** Leaves points out that a drawing could not show apart, and keeps what would be missed. */
final class Thinning {
  private Thinning() {}

  /**
   * Which points to draw. Of points one after the other in the same column of pixels the first, the
   * lowest, the highest and the last stay: the line through them covers the same pixels. Points
   * without a place stay too, since they end a line.
   *
   * @param x places in pixels
   * @param y places in pixels
   * @return ascending indices
   */
  static int[] keep(double[] x, double[] y) {
    int[] kept = new int[x.length];
    int count = 0;
    for (int begin = 0; begin < x.length; ) {
      int end = begin + 1;
      if (drawable(x, y, begin)) {
        double column = Math.floor(x[begin]);
        while (end < x.length && drawable(x, y, end) && Math.floor(x[end]) == column) {
          end++;
        }
      }
      int lowest = begin;
      int highest = begin;
      for (int i = begin + 1; i < end; i++) {
        lowest = y[i] < y[lowest] ? i : lowest;
        highest = y[i] > y[highest] ? i : highest;
      }
      int[] some = {begin, Math.min(lowest, highest), Math.max(lowest, highest), end - 1};
      for (int index : some) {
        if (count == 0 || kept[count - 1] < index) {
          kept[count++] = index;
        }
      }
      begin = end;
    }
    return Arrays.copyOf(kept, count);
  }

  private static boolean drawable(double[] x, double[] y, int i) {
    return !Double.isNaN(x[i]) && !Double.isNaN(y[i]);
  }
}
