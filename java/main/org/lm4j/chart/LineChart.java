package org.lm4j.chart;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A chart of lines over one axis, such as the losses of several runs, or norms over a distance in
 * time.
 */
public final class LineChart implements Chart {
  /** The value of a series that the table marks as best. */
  public enum Best {
    /** The smallest value, as for a loss. */
    LOWEST,
    /** The largest value, as for an accuracy. */
    HIGHEST,
    /** No value, as for a learning rate. */
    NONE
  }

  private static final int MOST_IN_HEADER = 12;
  private static final int MANY = 20; // points of a line that may be smoothed

  private final String title;
  private final String xLabel;
  private final String yLabel;
  private final List<Series> series = new ArrayList<>();
  private boolean logarithmic;
  private boolean wide;
  private Best best = Best.LOWEST;
  private double leastX = Double.NaN;
  private double leastY = Double.NaN;

  private LineChart(String title, String xLabel, String yLabel) {
    this.title = title;
    this.xLabel = xLabel;
    this.yLabel = yLabel;
  }

  /**
   * Creates a chart without lines.
   *
   * @param xLabel the quantity on the x axis, with its unit
   * @param yLabel the quantity on the y axis, with its unit
   */
  public static LineChart of(String title, String xLabel, String yLabel) {
    return new LineChart(title, xLabel, yLabel);
  }

  /** Adds a line; later ones lie above earlier ones. */
  public LineChart add(Series line) {
    series.add(line);
    return this;
  }

  /** Makes the y axis logarithmic. Values that are not above 0 interrupt their line. */
  public LineChart logarithmic() {
    logarithmic = true;
    return this;
  }

  /** Makes the chart as wide as the page. */
  public LineChart acrossThePage() {
    wide = true;
    return this;
  }

  /** Sets which values are best; the default is the lowest. */
  public LineChart best(Best which) {
    best = which;
    return this;
  }

  /** Makes the x axis begin at {@code value} or below, at 0 for instance. */
  public LineChart fromX(double value) {
    leastX = value;
    return this;
  }

  /** Makes the y axis, unless it is logarithmic, begin at {@code value} or below. */
  public LineChart fromY(double value) {
    leastY = value;
    return this;
  }

  @Override
  public String title() {
    return title;
  }

  @Override
  public boolean wide() {
    return wide;
  }

  @Override
  public boolean canBeSmoothed() {
    return series.stream().anyMatch(line -> line.size() >= MANY);
  }

  @Override
  public boolean canBeLogarithmic() {
    boolean any = false;
    for (Series line : series) {
      for (int i = 0; i < line.size(); i++) {
        any |= line.drawable(i);
        if (line.drawable(i) && line.y(i) <= 0) {
          return false;
        }
      }
    }
    return any && !logarithmic;
  }

  @Override
  public String html() {
    return new LineDrawing(this).html();
  }

  @Override
  public Table table() {
    List<String> header = new ArrayList<>(List.of("", "last", at()));
    if (best != Best.NONE) {
      header.add(best == Best.LOWEST ? "lowest" : "highest");
      header.add(at());
    }
    List<List<String>> rows = new ArrayList<>();
    for (Series line : series) {
      List<String> row = new ArrayList<>(List.of(line.name()));
      addPoint(row, line, last(line));
      if (best != Best.NONE) {
        addPoint(row, line, best(line));
      }
      rows.add(row);
    }
    return new Table(header, rows);
  }

  @Override
  public List<String> notes() {
    int none = 0;
    int low = 0;
    for (Series line : series) {
      for (int i = 0; i < line.size(); i++) {
        none += line.drawable(i) ? 0 : 1;
        low += line.drawable(i) && !shown(line, i) ? 1 : 0;
      }
    }
    List<String> notes = new ArrayList<>();
    if (none > 0) {
      notes.add(points(none) + " left out: not a finite number.");
    }
    if (low > 0) {
      notes.add(points(low) + " left out: a logarithmic axis has no place for 0 and below.");
    }
    return notes;
  }

  private static String points(int count) {
    return Numbers.text(count) + (count == 1 ? " point is" : " points are");
  }

  /** Returns the name of an x position in the table; a long label is left to the axis. */
  private String at() {
    return xLabel.length() > MOST_IN_HEADER ? "at" : "at " + xLabel;
  }

  private static void addPoint(List<String> row, Series line, int index) {
    row.add(index < 0 ? "–" : Numbers.text(line.y(index)));
    row.add(index < 0 ? "–" : Numbers.text(line.x(index)));
  }

  private static int last(Series line) {
    int i = line.size() - 1;
    while (i >= 0 && !line.drawable(i)) {
      i--;
    }
    return i;
  }

  /** Returns the index of the last point that is drawn, or -1. */
  int lastShown(Series line) {
    int i = line.size() - 1;
    while (i >= 0 && !shown(line, i)) {
      i--;
    }
    return i;
  }

  /** Returns the index of the first best value, or -1. */
  int best(Series line) {
    int found = -1;
    for (int i = 0; i < line.size() && best != Best.NONE; i++) {
      if (line.drawable(i)) {
        double gain = found < 0 ? 1 : line.y(i) - line.y(found);
        found = (best == Best.HIGHEST ? gain : -gain) > 0 || found < 0 ? i : found;
      }
    }
    return found;
  }

  /** Returns whether a point can be drawn. */
  boolean shown(Series line, int i) {
    return line.drawable(i) && (!logarithmic || line.y(i) > 0);
  }

  List<Series> series() {
    return series;
  }

  String xLabel() {
    return xLabel;
  }

  String yLabel() {
    return yLabel;
  }

  /** Returns the y axis with {@code count} ticks, or null if there is nothing to draw. */
  @Nullable Axis yAxis(int count) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (Series line : series) {
      for (int i = 0; i < line.size(); i++) {
        if (shown(line, i)) {
          low = Math.min(low, line.y(i));
          high = Math.max(high, line.y(i));
        }
      }
    }
    if (low > high) {
      return null;
    }
    if (logarithmic) {
      return Axis.logarithmic(low, high, count);
    }
    return Axis.linear(within(low, leastY), high, count, true);
  }

  /** Returns the x axis with {@code count} ticks, or null if there is nothing to draw. */
  @Nullable Axis xAxis(int count) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (Series line : series) {
      for (int i = 0; i < line.size(); i++) {
        if (shown(line, i)) {
          low = Math.min(low, line.x(i));
          high = Math.max(high, line.x(i));
        }
      }
    }
    return low > high ? null : Axis.linear(within(low, leastX), high, count, false);
  }

  private static double within(double low, double least) {
    return Double.isNaN(least) ? low : Math.min(low, least);
  }
}
