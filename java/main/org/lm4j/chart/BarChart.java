package org.lm4j.chart;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A chart of horizontal bars, in groups of one or more, with their values at their ends. */
public final class BarChart implements Chart {
  private static final double BAR = 16;
  private static final double NAME = 18; // above the bars
  private static final double GAP = 8;
  private static final double VALUE = 64; // right of the longest bar
  private static final int LONGEST = 44; // characters of a name

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
  public String html() {
    int bars = Math.max(1, series.size());
    double group = NAME + bars * BAR + GAP;
    Frame frame = new Frame(title, names.size() * group + 56);
    double[] all =
        values.stream().flatMapToDouble(Arrays::stream).filter(Double::isFinite).toArray();
    if (all.length == 0) {
      return frame.nothing("There is no value to draw yet.");
    }
    List<Frame.Entry> entries = new ArrayList<>();
    for (int i = 0; i < series.size(); i++) {
      entries.add(new Frame.Entry(series.get(i), "c" + i % LineDrawing.COLORS, true));
    }
    frame.legend(entries, true);
    double least = Math.min(0, Arrays.stream(all).min().orElse(0));
    double most = Math.max(0, Arrays.stream(all).max().orElse(0));
    Axis axis = Axis.linear(least, most, 5, true);
    frame.open("", new Frame.Margins(8, VALUE, VALUE));
    frame.xTicks(axis, valueLabel);
    Markup out = frame.out();
    for (int i = 0; i < names.size(); i++) {
      double y = frame.top() + i * group;
      out.element("text", Names.shortened(names.get(i), LONGEST), "x", "0", "y", y + 12).line();
      for (int k = 0; k < bars; k++) {
        bar(out, axis, i, k, y + NAME + k * BAR);
      }
    }
    if (least < 0) {
      String zero = Frame.percent(axis.at(0));
      double top = frame.top();
      double bottom = frame.bottom();
      out.empty("line", "class", "axis", "x1", zero, "x2", zero, "y1", top, "y2", bottom);
    }
    return frame.end();
  }

  private void bar(Markup out, Axis axis, int group, int index, double y) {
    double value = values.get(group)[index];
    if (!Double.isFinite(value)) {
      return;
    }
    double from = axis.at(Math.min(0, value));
    double to = axis.at(Math.max(0, value));
    String text = Numbers.significant(value, 3);
    String of = series.isEmpty() ? "" : ", " + Names.isolated(series.get(index));
    out.open(
            "rect",
            "class",
            css(index),
            "x",
            Frame.percent(from),
            "y",
            y + 1,
            "width",
            Frame.percent(to - from),
            "height",
            BAR - 2,
            "rx",
            "2")
        .element("title", Names.isolated(names.get(group)) + of + ": " + Numbers.text(value))
        .close();
    String x = Frame.percent(to);
    out.element("text", text, "class", "tick", "x", x, "dx", "6", "y", y + BAR - 4).line();
  }

  @Override
  public boolean small() {
    return series.isEmpty();
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
