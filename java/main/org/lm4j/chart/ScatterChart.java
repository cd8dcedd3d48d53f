package org.lm4j.chart;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A chart of points whose x and y are fractions that add up to at most 1; the line of sum 1 is
 * drawn.
 */
public final class ScatterChart implements Chart {
  private static final double HEIGHT = 360;

  private final String title;
  private final String xLabel;
  private final String yLabel;
  private final List<Points> groups = new ArrayList<>();

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Points(String name, double[] x, double[] y) {}

  private ScatterChart(String title, String xLabel, String yLabel) {
    this.title = title;
    this.xLabel = xLabel;
    this.yLabel = yLabel;
  }

  /** Creates a chart without points. */
  public static ScatterChart fractions(String title, String xLabel, String yLabel) {
    return new ScatterChart(title, xLabel, yLabel);
  }

  /**
   * Adds a group of points, which share a colour. A point that is not finite is not drawn.
   *
   * @throws IllegalArgumentException if there are not as many x as y
   */
  public ScatterChart add(String name, double[] x, double[] y) {
    if (x.length != y.length) {
      throw new IllegalArgumentException(x.length + " x but " + y.length + " y");
    }
    groups.add(new Points(name, x.clone(), y.clone()));
    return this;
  }

  @Override
  public String title() {
    return title;
  }

  @Override
  public String html() {
    Frame frame = new Frame(title, HEIGHT);
    List<Frame.Entry> entries = new ArrayList<>();
    for (int i = 0; i < groups.size() && groups.size() > 1; i++) {
      String css = "c" + i % LineDrawing.COLORS;
      entries.add(new Frame.Entry(groups.get(i).name(), css, true));
    }
    frame.legend(entries, true);
    Axis axis = Axis.linear(0, 1, 5, true);
    double right = Frame.rightOf(axis);
    frame.open(yLabel, new Frame.Margins(Frame.leftOf(axis), right, right));
    frame.yTicks(axis);
    frame.xTicks(axis, xLabel);
    double top = frame.top();
    double bottom = frame.bottom();
    frame
        .out()
        .empty("line", "class", "axis dashed", "x1", "0", "x2", "100%", "y1", top, "y2", bottom)
        .line();
    for (int i = 0; i < groups.size(); i++) {
      draw(frame, axis, i);
    }
    return frame.end();
  }

  private void draw(Frame frame, Axis axis, int group) {
    Points points = groups.get(group);
    for (int i = 0; i < points.x().length; i++) {
      double x = points.x()[i];
      double y = points.y()[i];
      if (Double.isFinite(x) && Double.isFinite(y)) {
        String at = Frame.percent(axis.at(x));
        frame
            .out()
            .open("circle", "class", css(group), "cx", at, "cy", frame.y(axis, y), "r", "3")
            .element(
                "title",
                "%s, number %d: %s, %s"
                    .formatted(
                        points.name(), i + 1, Numbers.significant(x, 3), Numbers.significant(y, 3)))
            .close()
            .line();
      }
    }
  }

  @Override
  public boolean small() {
    return true;
  }

  private static String css(int index) {
    return "c" + index % LineDrawing.COLORS + " point";
  }

  @Override
  public Table table() {
    Table table = Table.of("on average", xLabel, yLabel);
    for (Points points : groups) {
      table = table.row(points.name(), mean(points.x()), mean(points.y()));
    }
    return table;
  }

  private static String mean(double[] values) {
    return Numbers.significant(Arrays.stream(values).average().orElse(Double.NaN), 3);
  }
}
