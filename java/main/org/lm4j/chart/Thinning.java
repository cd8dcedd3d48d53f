package org.lm4j.chart;

import java.util.Arrays;

/** Removes points that a drawing could not distinguish, and keeps the extremes. */
final class Thinning {
  private Thinning() {}

  /**
   * Returns the points to draw. Of consecutive points in the same column of pixels, the first,
   * lowest, highest and last are kept: the line through them covers the same pixels. Points that
   * cannot be drawn are kept too, since they end a line.
   *
   * @param x positions in pixels
   * @param y positions in pixels
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
