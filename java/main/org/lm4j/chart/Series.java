package org.lm4j.chart;

/** Points joined by a line. A point whose x or y is not finite interrupts the line. */
public final class Series {
  /** The style of a line. */
  public enum Style {
    /** A solid line. */
    LINE,
    /** A thin, faint line for noisy measurements. */
    FAINT,
    /** A line whose points are marked if they are few, with the best one ringed. */
    POINTS,
    /** A dashed line, for bounds and baselines. */
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
   * Creates a line through points. The arrays are not copied.
   *
   * @param name the name in the legend
   * @throws IllegalArgumentException if there are not as many x as y
   */
  public static Series of(String name, double[] x, double[] y) {
    return new Series(name, x, y, Style.LINE, -1);
  }

  /** Creates a line through points at x = 1, 2, 3, … */
  public static Series of(String name, double... y) {
    double[] x = new double[y.length];
    for (int i = 0; i < x.length; i++) {
      x[i] = i + 1.0;
    }
    return of(name, x, y);
  }

  /** Returns the same points in another style. */
  public Series style(Style other) {
    return new Series(name, x, y, other, color);
  }

  /**
   * Returns the same points in a given colour of the palette, from 0; by default the position of
   * the series in its chart decides. Related series share a colour.
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

  /** Returns the colour, negative if the position decides. */
  int color() {
    return color;
  }
}
