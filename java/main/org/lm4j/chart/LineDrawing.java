package org.lm4j.chart;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.lm4j.chart.Frame.Margins;

/** Draws a {@link LineChart}: lines with their names at their ends, if there is room for them. */
final class LineDrawing {
  /** The number of colours in the page's palette. */
  static final int COLORS = 8;

  /** The largest number of points of a series that are marked. */
  private static final int MOST_MARKED = 60;

  /** The largest number of points of a series whose values can be read. */
  private static final int MOST_READ = 500;

  private static final int MOST_NAMED = 10; // lines
  private static final int LONGEST = 20; // characters of a name at its line
  private static final double SPACING = 15; // of names
  private static final double PLANE = 1000; // columns of the lines' own coordinates

  private final LineChart chart;
  private final boolean named;

  /** A name at the height of the end of its line. */
  private static final class End {
    private final String name;
    private final String css;
    private final double x;
    private final double y;
    private double at;

    End(String name, String css, double x, double y) {
      this.name = name;
      this.css = css;
      this.x = x;
      this.y = y;
      this.at = y;
    }
  }

  LineDrawing(LineChart chart) {
    this.chart = chart;
    int lines = chart.series().size();
    this.named = lines > 1 && lines <= MOST_NAMED;
  }

  String html() {
    List<Series> series = chart.series();
    double height = chart.wide() ? 380 : 310;
    Axis yAxis = chart.yAxis(6);
    Axis xAxis = chart.xAxis(chart.wide() ? 10 : 6);
    if (yAxis == null || xAxis == null) {
      return new Frame(chart.title(), height).nothing("There is no value to draw yet.");
    }
    Frame frame = new Frame(chart.title(), height, data(xAxis, yAxis));
    List<Frame.Entry> entries = new ArrayList<>();
    for (int i = 0; i < series.size() && series.size() > 1; i++) {
      entries.add(new Frame.Entry(series.get(i).name(), css(i), false));
    }
    frame.legend(entries, !named);
    double bare = Frame.rightOf(xAxis);
    double right = named ? Math.max(bare, widest() + 16) : bare;
    frame.open(chart.yLabel(), new Margins(Frame.leftOf(yAxis), right, bare));
    frame.yTicks(yAxis);
    frame.xTicks(xAxis, chart.xLabel());
    Markup out = frame.out();
    double top = frame.top();
    double bottom = frame.bottom();
    out.empty("line", "class", "cursor", "y1", top, "y2", bottom).line();
    for (int i = 0; i < series.size(); i++) {
      draw(frame, i, xAxis, yAxis);
    }
    if (named) {
      names(frame, xAxis, yAxis);
    }
    out.empty("rect", "class", "catch", "width", "100%", "y", top, "height", bottom - top);
    return frame.end();
  }

  /** Returns what the script needs to know of the axes. */
  private Object[] data(Axis x, Axis y) {
    return new Object[] {
      "data-label",
      chart.xLabel(),
      "data-x",
      x.low() + " " + x.high(),
      "data-y",
      y.low() + " " + y.high(),
      "data-scale",
      y.logarithmic() ? "log" : "linear"
    };
  }

  private double widest() {
    return chart.series().stream()
        .mapToDouble(line -> Frame.textWidth(Names.shortened(line.name(), LONGEST)))
        .max()
        .orElse(0);
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

  private void draw(Frame frame, int index, Axis xAxis, Axis yAxis) {
    Series line = chart.series().get(index);
    double[] x = new double[line.size()];
    double[] y = new double[line.size()];
    for (int i = 0; i < x.length; i++) {
      boolean shown = chart.shown(line, i);
      x[i] = shown ? PLANE * xAxis.at(line.x(i)) : Double.NaN;
      y[i] = shown ? frame.y(yAxis, line.y(i)) : Double.NaN;
    }
    Markup out = frame.out();
    out.open(
        "g",
        "class",
        css(index),
        "data-name",
        line.name(),
        "data-xs",
        readable(line, line::x),
        "data-ys",
        readable(line, line::y));
    String path = path(x, y);
    if (!path.isEmpty()) {
      String box = "0 0 " + Markup.coordinate(PLANE) + " " + Markup.coordinate(frame.height());
      out.open("svg", "viewBox", box, "preserveAspectRatio", "none", "width", "100%");
      out.open("path", "d", path).element("title", line.name()).close().close().line();
    }
    mark(frame, line, x, y);
    out.close().line();
  }

  private interface Coordinate {
    double of(int i);
  }

  /** Returns numbers of the points whose values can be read: all, or some at equal distances. */
  private String readable(Series line, Coordinate coordinate) {
    int stride = Math.max(1, (line.size() + MOST_READ - 1) / MOST_READ);
    StringBuilder numbers = new StringBuilder();
    for (int i = 0; i < line.size(); i++) {
      if (chart.shown(line, i) && (i % stride == 0 || i == line.size() - 1)) {
        numbers.append(numbers.isEmpty() ? "" : " ").append(shortest(coordinate.of(i)));
      }
    }
    return numbers.toString();
  }

  private static String shortest(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? String.valueOf((long) value)
        : String.valueOf(Double.parseDouble(String.format(Locale.ROOT, "%.5g", value)));
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

  /** Rings the best point and draws isolated points, and all where they are few, as dots. */
  private void mark(Frame frame, Series line, double[] x, double[] y) {
    int best = chart.best(line);
    boolean strong = line.style() == Series.Style.POINTS;
    boolean dots = strong && line.size() <= MOST_MARKED;
    for (int i = 0; i < x.length; i++) {
      boolean ringed = strong && i == best;
      if (Double.isNaN(x[i]) || !(ringed || dots || isAlone(x, i))) {
        continue;
      }
      frame
          .out()
          .open(
              "circle",
              "class",
              ringed ? "best" : "dot",
              "cx",
              Frame.percent(x[i] / PLANE),
              "cy",
              y[i],
              "r",
              ringed ? "5" : dots ? "2.5" : "3.5")
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

  /** Writes each name right of the plot area, at the height of its line's end. */
  private void names(Frame frame, Axis xAxis, Axis yAxis) {
    List<End> ends = new ArrayList<>();
    for (int i = 0; i < chart.series().size(); i++) {
      Series line = chart.series().get(i);
      int last = chart.lastShown(line);
      if (last >= 0) {
        double y = frame.y(yAxis, line.y(last));
        ends.add(new End(line.name(), css(i), xAxis.at(line.x(last)), y));
      }
    }
    spread(ends, frame.top() + 4, frame.bottom());
    Markup out = frame.out();
    out.open("g", "class", "ends");
    for (End end : ends) {
      out.open("g", "class", end.css);
      if (end.x < 0.97) {
        String from = Frame.percent(end.x);
        out.empty("line", "class", "leader", "x1", from, "x2", "100%", "y1", end.y, "y2", end.y);
      }
      String name = Names.shortened(end.name, LONGEST);
      out.element("text", name, "class", "name", "x", "100%", "dx", "8", "y", end.at + 4);
      out.close().line();
    }
    out.close().line();
  }

  /** Moves names apart that would touch, in the order of their heights. */
  private static void spread(List<End> ends, double top, double bottom) {
    ends.sort(Comparator.comparingDouble(end -> end.y));
    double free = top;
    for (End end : ends) {
      end.at = Math.max(end.y, free);
      free = end.at + SPACING;
    }
    double limit = bottom;
    for (End end : ends.reversed()) {
      end.at = Math.min(end.at, limit);
      limit = end.at - SPACING;
    }
  }
}
