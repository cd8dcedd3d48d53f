package org.lm4j.chart;

/** Points joined by a line. A point whose x or y is no finite number interrupts the line. */
public final class Series {
  /** How a line looks. */
  public enum Style {
    /** A line. */
    LINE,
    /** A thin line that steps back behind the others, for noisy measurements. */
    FAINT,
    /** A line with its points marked if they are few, and the best one ringed. */
    POINTS,
    /** A line of dashes, for bounds and baselines. */
    DASHED
  }

  private final String name;
  private final double[] x;
  private final double[] y;
  private final Style style;
  private final int color;

  private Series(String name, double[] x, double[] y, Style style, int color) {
    if (x.length != y.length) {
      throw new IllegalArgumentException(
          "'" + name + "' has " + x.length + " x but " + y.length + " y");
    }
    this.name = name;
    this.x = x;
    this.y = y;
    this.style = style;
    this.color = color;
  }

  /**
   * A line through points. The arrays are not copied.
   *
   * @param name what the legend says
   * @throws IllegalArgumentException if there are not as many x as y
   */
  public static Series of(String name, double[] x, double[] y) {
    return new Series(name, x, y, Style.LINE, -1);
  }

  /** A line through points at 1, 2, 3, … */
  public static Series of(String name, double... y) {
    double[] x = new double[y.length];
    for (int i = 0; i < x.length; i++) {
      x[i] = i + 1.0;
    }
    return of(name, x, y);
  }

  /** The same points in another style. */
  public Series style(Style other) {
    return new Series(name, x, y, other, color);
  }

  /**
   * The same points in another colour of the palette, from 0; without it the place of the series in
   * its chart decides. Series that belong together share one.
   */
  public Series color(int other) {
    return new Series(name, x, y, style, other);
  }

  boolean drawable(int i) {
    return Double.isFinite(x[i]) && Double.isFinite(y[i]);
  }

  int size() {
    return x.length;
  }

  String name() {
    return name;
  }

  double x(int i) {
    return x[i];
  }

  double y(int i) {
    return y[i];
  }

  Style style() {
    return style;
  }

  /** Below 0 if its place decides. */
  int color() {
    return color;
  }
}
