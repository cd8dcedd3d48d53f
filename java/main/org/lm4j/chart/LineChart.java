package org.lm4j.chart;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lines over one axis: losses of several runs, norms over a distance in time. */
public final class LineChart implements Chart {
  /** Which of a series' values its table calls best. */
  public enum Best {
    /** The smallest, as of a loss. */
    LOWEST,
    /** The largest, as of an accuracy. */
    HIGHEST,
    /** None, as of a learning rate. */
    NONE
  }

  private final String title;
  private final String xLabel;
  private final String yLabel;
  private final List<Series> series = new ArrayList<>();
  private boolean logarithmic;
  private boolean wide;
  private Best best = Best.LOWEST;
  private double least = Double.NaN;

  private LineChart(String title, String xLabel, String yLabel) {
    this.title = title;
    this.xLabel = xLabel;
    this.yLabel = yLabel;
  }

  /**
   * A chart without lines.
   *
   * @param xLabel what is counted to the right, with its unit
   * @param yLabel what is counted upwards, with its unit
   */
  public static LineChart of(String title, String xLabel, String yLabel) {
    return new LineChart(title, xLabel, yLabel);
  }

  /** Adds a line; later ones lie above earlier ones. */
  public LineChart add(Series line) {
    series.add(line);
    return this;
  }

  /** Makes equal ratios of y equal in height. Values that are not above 0 interrupt their line. */
  public LineChart logarithmic() {
    logarithmic = true;
    return this;
  }

  /** Gives it the whole width of the page. */
  public LineChart acrossThePage() {
    wide = true;
    return this;
  }

  /** Says which values are best; without it the lowest are. */
  public LineChart best(Best which) {
    best = which;
    return this;
  }

  /** Has the axis of y begin no higher than {@code value}, 0 for instance. */
  public LineChart from(double value) {
    least = value;
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
  public String svg() {
    return new LineDrawing(this).svg();
  }

  @Override
  public Table table() {
    List<String> header = new ArrayList<>(List.of("", "points", "last", "at " + xLabel));
    if (best != Best.NONE) {
      header.add(best == Best.LOWEST ? "lowest" : "highest");
      header.add("at " + xLabel);
    }
    List<List<String>> rows = new ArrayList<>();
    for (Series line : series) {
      List<String> row = new ArrayList<>(List.of(line.name(), Numbers.text(line.size())));
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

  /** The first of the best values, or -1. */
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

  /** Whether a point has a place in the drawing. */
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

  /** The axis of y for {@code count} ticks, or null if there is nothing to draw. */
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
    boolean bounded = !Double.isNaN(least);
    return Axis.linear(
        bounded ? Math.min(low, least) : low, bounded ? Math.max(high, least) : high, count, true);
  }

  /** The axis of x for {@code count} ticks, or null if there is nothing to draw. */
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
    return low > high ? null : Axis.linear(low, high, count, false);
  }
}
