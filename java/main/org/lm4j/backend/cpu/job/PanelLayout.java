package org.lm4j.backend.cpu.job;

import org.lm4j.backend.cpu.kernel.GateShape;
import org.lm4j.backend.cpu.kernel.ProductKernels;
import org.lm4j.backend.cpu.panel.Panels;

/**
 * The division of the {@code n} columns of a product's right side into panels, with as many narrow
 * or wide ones as keep the padding small. The wide ones come first.
 */
final class PanelLayout {
  private static final int WIDE = ProductKernels.PANEL_VECTORS;
  private static final int NARROW = ProductKernels.NARROW_VECTORS;

  private final int lanes;
  private int columns;
  private int count;
  private int wide;

  PanelLayout(int lanes) {
    this.lanes = lanes;
  }

  /** Divides {@code n} columns; only into wide panels if they are already packed. */
  void cut(int n, boolean wideOnly) {
    columns = n;
    int vectors = GateShape.roundUp(n, lanes) / lanes;
    count = (vectors + WIDE - 1) / WIDE;
    int inVain = count * WIDE - vectors; // if all were wide
    wide = wideOnly ? count : Math.max(0, count - inVain);
  }

  /** Divides {@code n} columns into narrow panels, with as few wide ones as keep padding small. */
  void cutNarrow(int n) {
    columns = n;
    int vectors = GateShape.roundUp(n, lanes) / lanes;
    int over = vectors % NARROW;
    boolean exact = over <= vectors / NARROW;
    count = exact ? vectors / NARROW : vectors / NARROW + 1;
    wide = exact ? over : 0;
  }

  /** Returns the number of panels. */
  int count() {
    return count;
  }

  /** Returns the number of vectors in a row of panel {@code p}. */
  int vectors(int p) {
    return p < wide ? WIDE : NARROW;
  }

  /** Returns the first column of panel {@code p}. */
  int first(int p) {
    int before = Math.min(p, wide);
    return (before * WIDE + (p - before) * NARROW) * lanes;
  }

  /**
   * Returns the number of columns of panel {@code p} that the right side has; the rest is padding.
   */
  int valid(int p) {
    return Math.min(vectors(p) * lanes, columns - first(p));
  }

  /**
   * Packs columns of panel {@code p} of a right side that is stored transposed, {@code (n, k)}.
   *
   * @param source row 0 of the right side as stored, from the first of {@code depth} elements on
   * @param rowBytes from one stored row to the next
   * @param panel {@code (steps, vectors(p) · lanes)}; columns that are not valid become zero
   * @param scratch see {@link Panels#scratchWords}
   */
  void packTransposed(
      Panels numbers, int p, int depth, long source, long rowBytes, long panel, long scratch) {
    int width = vectors(p) * lanes;
    int valid = valid(p);
    long bytes = (long) width * Float.BYTES;
    for (int i = 0; i < width; i += lanes) {
      int present = Math.min(lanes, valid - i);
      long target = panel + (long) i * Float.BYTES;
      if (present > 0) {
        long from = source + (first(p) + i) * rowBytes;
        numbers.transposed(present, depth, from, rowBytes, target, bytes, scratch);
      } else {
        numbers.columns(depth, 0, lanes, source, rowBytes, target, bytes);
      }
    }
  }
}
