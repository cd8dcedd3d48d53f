package org.lm4j.chart;

import java.util.ArrayList;
import java.util.List;

/** Draws a {@link LineChart}. */
final class LineDrawing {
  /** The number of colours in the page's palette. */
  static final int COLORS = 8;

  /** The largest number of points of a series that are marked or have a tooltip. */
  private static final int MOST_MARKED = 60;

  private final LineChart chart;
  private final Frame frame;
  private final double width;

  LineDrawing(LineChart chart) {
    this.chart = chart;
    this.width = chart.wide() ? 1160 : 560;
    this.frame = new Frame(chart.title(), width, chart.wide() ? 400 : 320);
  }

  String svg() {
    List<Series> series = chart.series();
    if (series.size() > 1) {
      List<Frame.Entry> entries = new ArrayList<>();
      for (int i = 0; i < series.size(); i++) {
        String shape = series.get(i).style() == Series.Style.POINTS ? "points" : "line";
        entries.add(new Frame.Entry(series.get(i).name(), css(i), shape));
      }
      frame.legend(entries);
    }
    frame.yLabel(chart.yLabel());
    Axis yAxis = chart.yAxis(6);
    Axis xAxis = chart.xAxis(chart.wide() ? 10 : 6);
    if (yAxis == null || xAxis == null) {
      frame.nothing("There is no value to draw yet.");
      return frame.end();
    }
    frame.yTicks(yAxis);
    frame.xTicks(xAxis, chart.xLabel());
    for (int i = 0; i < series.size(); i++) {
      draw(series.get(i), css(i), xAxis, yAxis);
    }
    return frame.end();
  }

  private String css(int index) {
    Series line = chart.series().get(index);
    int color = line.color() < 0 ? index : line.color();
    String style =
        switch (line.style()) {
          case LINE -> "";
          case FAINT -> " faint";
          case POINTS -> " strong";
          case DASHED -> " dashed";
        };
    // Beyond the palette the colours repeat, with dotted lines.
    return "c" + color % COLORS + style + (color / COLORS % 2 == 1 ? " dotted" : "");
  }

  private void draw(Series line, String css, Axis xAxis, Axis yAxis) {
    double[] x = new double[line.size()];
    double[] y = new double[line.size()];
    for (int i = 0; i < x.length; i++) {
      boolean shown = chart.shown(line, i);
      x[i] = shown ? frame.x(xAxis, line.x(i)) : Double.NaN;
      y[i] = shown ? frame.y(yAxis, line.y(i)) : Double.NaN;
    }
    Markup out = frame.out();
    out.open("g", "class", css);
    String path = path(x, y);
    if (!path.isEmpty()) {
      out.open("path", "d", path).element("title", line.name()).close().line();
    }
    mark(line, x, y);
    out.close().line();
  }

  /**
   * Returns the path through the points; an isolated point becomes a line to itself, drawn as a
   * dot.
   */
  private static String path(double[] x, double[] y) {
    StringBuilder path = new StringBuilder();
    boolean pen = false;
    int[] kept = Thinning.keep(x, y);
    for (int k = 0; k < kept.length; k++) {
      int i = kept[k];
      if (Double.isNaN(x[i])) {
        pen = false;
        continue;
      }
      path.append(pen ? 'L' : 'M');
      path.append(Markup.coordinate(x[i])).append(' ').append(Markup.coordinate(y[i]));
      boolean alone = !pen && (k + 1 == kept.length || Double.isNaN(x[kept[k + 1]]));
      path.append(alone ? "h0" : "");
      pen = true;
    }
    return path.toString();
  }

  /** Rings the best point, draws isolated points as dots, and gives points a tooltip. */
  private void mark(Series line, double[] x, double[] y) {
    Markup out = frame.out();
    int best = chart.best(line);
    boolean strong = line.style() == Series.Style.POINTS;
    boolean dots = strong && line.size() <= MOST_MARKED;
    int stride = Math.max(1, (line.size() + MOST_MARKED - 1) / MOST_MARKED);
    for (int i = 0; i < x.length; i++) {
      boolean ringed = strong && i == best;
      if (Double.isNaN(x[i]) || !(ringed || i % stride == 0 || i == x.length - 1)) {
        continue;
      }
      boolean dot = dots || isAlone(x, i);
      String css = ringed ? "best" : dot ? "dot" : "hit";
      String radius = ringed || !dot ? "5" : dots ? "2.5" : "3.5";
      out.open("circle", "class", css, "cx", x[i], "cy", y[i], "r", radius)
          .element("title", describe(line, i))
          .close()
          .line();
    }
  }

  /** Returns whether no line leads to or from a point. */
  private static boolean isAlone(double[] x, int i) {
    return (i == 0 || Double.isNaN(x[i - 1])) && (i + 1 == x.length || Double.isNaN(x[i + 1]));
  }

  private String describe(Series line, int i) {
    return "%s: %s at %s %s"
        .formatted(
            Names.isolated(line.name()),
            Numbers.text(line.y(i)),
            chart.xLabel(),
            Numbers.text(line.x(i)));
  }
}
