package org.lm4j.chart;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A chart of horizontal bars, in groups of one or more, with their values at their ends. */
public final class BarChart implements Chart {
  private static final double BAR = 16;
  private static final double WIDTH = 560;

  private final String title;
  private final String valueLabel;
  private final List<String> series;
  private final List<String> names = new ArrayList<>();
  private final List<double[]> values = new ArrayList<>();

  private BarChart(String title, String valueLabel, List<String> series) {
    this.title = title;
    this.valueLabel = valueLabel;
    this.series = series;
  }

  /**
   * Creates a chart without bars.
   *
   * @param valueLabel what the bars measure, with its unit
   * @param series the names of the bars in a group; none if each group has one bar
   */
  public static BarChart of(String title, String valueLabel, String... series) {
    return new BarChart(title, valueLabel, List.of(series));
  }

  /**
   * Adds a group of bars. A value that is not finite is not drawn.
   *
   * @param groupValues one value for each series
   */
  public BarChart add(String name, double... groupValues) {
    if (groupValues.length != Math.max(1, series.size())) {
      throw new IllegalArgumentException(
          groupValues.length + " values for " + Math.max(1, series.size()) + " bars");
    }
    names.add(name);
    values.add(groupValues.clone());
    return this;
  }

  @Override
  public String title() {
    return title;
  }

  @Override
  public String svg() {
    int bars = Math.max(1, series.size());
    double group = bars * BAR + 10;
    Frame frame = new Frame(title, WIDTH, legendHeight() + names.size() * group + 60);
    List<Frame.Entry> entries = new ArrayList<>();
    for (int i = 0; i < series.size(); i++) {
      entries.add(new Frame.Entry(series.get(i), css(i), "bar"));
    }
    frame.legend(entries);
    double[] all =
        values.stream().flatMapToDouble(Arrays::stream).filter(Double::isFinite).toArray();
    if (all.length == 0) {
      frame.nothing("There is no value to draw yet.");
      return frame.end();
    }
    double least = Math.min(0, Arrays.stream(all).min().orElse(0));
    double most = Math.max(0, Arrays.stream(all).max().orElse(0));
    Axis axis = Axis.linear(least, most, 5, true);
    double widest = names.stream().mapToDouble(Frame::textWidth).max().orElse(0);
    frame.left(Math.min(200, widest) + 12);
    frame.right(WIDTH - 62);
    frame.xTicks(axis, valueLabel);
    double zero = frame.x(axis, 0);
    for (int i = 0; i < names.size(); i++) {
      double y = frame.top() + i * group;
      String name = Frame.shortened(names.get(i), 28);
      Markup out = frame.out();
      double middle = y + bars * BAR / 2 + 4;
      out.element("text", name, "class", "end", "x", frame.left() - 8, "y", middle).line();
      for (int k = 0; k < bars; k++) {
        bar(frame, axis, i, k, y + k * BAR);
      }
    }
    frame
        .out()
        .empty(
            "line",
            "class",
            "axis",
            "x1",
            zero,
            "x2",
            zero,
            "y1",
            frame.top(),
            "y2",
            frame.bottom());
    return frame.end();
  }

  private double legendHeight() {
    double wide = series.stream().mapToDouble(name -> Frame.textWidth(name) + 48).sum();
    return series.isEmpty() ? 0 : 24 + 20 * Math.floor(wide / WIDTH);
  }

  private void bar(Frame frame, Axis axis, int group, int index, double y) {
    double value = values.get(group)[index];
    if (!Double.isFinite(value)) {
      return;
    }
    double from = frame.x(axis, Math.min(0, value));
    double to = frame.x(axis, Math.max(0, value));
    String text = Numbers.text(value);
    String of = series.isEmpty() ? "" : ", " + Names.isolated(series.get(index));
    frame
        .out()
        .open(
            "rect",
            "class",
            css(index),
            "x",
            from,
            "y",
            y + 1,
            "width",
            to - from,
            "height",
            BAR - 2)
        .element("title", Names.isolated(names.get(group)) + of + ": " + text)
        .close()
        .element("text", text, "class", "tick", "x", to + 5, "y", y + BAR - 4)
        .line();
  }

  private static String css(int index) {
    return "c" + index % LineDrawing.COLORS + " bar";
  }

  @Override
  public Table table() {
    List<String> header = new ArrayList<>(List.of(""));
    header.addAll(series.isEmpty() ? List.of(valueLabel) : series);
    List<List<String>> rows = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      List<String> row = new ArrayList<>(List.of(names.get(i)));
      Arrays.stream(values.get(i)).mapToObj(Numbers::text).forEach(row::add);
      rows.add(row);
    }
    return new Table(header, rows);
  }
}
