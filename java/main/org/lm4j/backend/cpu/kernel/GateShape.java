package org.lm4j.backend.cpu.kernel;

/**
 * The layout of a recurrent layer's buffers. Units are padded to whole vectors; the pre-activations
 * of one row lie vector of units by vector of units, the gates of each together: {@code [unit
 * vector][gate][lane]}. Strides in elements, from one row to the next.
 *
 * @param units hidden width {@code H}
 * @param gates gates {@code G} of the cell
 * @param lanes width of a vector
 * @param zStride of gates and pre-activations: {@code G · H}, padded
 * @param cStride of cell states: {@code H}, padded to whole vectors
 * @param dhStride of the gradient of the hidden state: {@code H}, padded to whole panels
 */
public record GateShape(int units, int gates, int lanes, int zStride, int cStride, int dhStride) {
  /** Returns the layout of a layer for vectors of the given width. */
  public static GateShape of(int units, int gates, int lanes) {
    int padded = roundUp(units, lanes);
    int panel = ProductKernels.PANEL_VECTORS * lanes;
    int dh = roundUp(units, panel);
    // Whole groups of PANEL_VECTORS unit vectors, so that threads can share a row by groups.
    return new GateShape(units, gates, lanes, gates * dh, padded, dh);
  }

  /** Returns the number of columns of a panel. */
  public int panelWidth() {
    return ProductKernels.PANEL_VECTORS * lanes;
  }

  /**
   * Returns the number of columns of a row of gates that are used: {@code G · H}, padded to whole
   * vectors.
   */
  public int gateWidth() {
    return gates * cStride;
  }

  /** Returns the same, padded to whole panels. */
  public int panelledWidth() {
    return roundUp(gateWidth(), panelWidth());
  }

  /** Returns the number of vectors of units. */
  public int vectors() {
    return cStride / lanes;
  }

  /** Returns the number of groups of unit vectors, which threads divide among themselves. */
  public int groups() {
    return dhStride / panelWidth();
  }

  /** Returns the place of unit {@code unit} of gate {@code gate} in a row. */
  public int place(int gate, int unit) {
    return (unit / lanes * gates + gate) * lanes + unit % lanes;
  }

  /** Returns the panel of gates in which those of a vector of units begin. */
  public int panel(int vector) {
    return vector * gates / ProductKernels.PANEL_VECTORS;
  }

  /** Returns the first panel of gates behind those of the units before vector {@code end}. */
  public int panelEnd(int end) {
    return roundUp(end * gates, ProductKernels.PANEL_VECTORS) / ProductKernels.PANEL_VECTORS;
  }

  /**
   * Returns the row of the weights, {@code (G·H, ·)}, that belongs to a place, or -1 for padding.
   */
  public int row(int place) {
    int unit = place / (gates * lanes) * lanes + place % lanes;
    return unit < units ? place / lanes % gates * units + unit : -1;
  }

  /** Returns the smallest multiple that is not below {@code n}. */
  public static int roundUp(int n, int multiple) {
    return (n + multiple - 1) / multiple * multiple;
  }
}
