package org.lm4j.chart;

import java.util.ArrayList;
import java.util.List;

/** A dot plot: one row for each name, with a dot at its value and a line over its interval. */
public final class IntervalChart implements Chart {
  private static final double ROW = 42;
  private static final int LONGEST = 34; // characters of a name

  private final String title;
  private final String valueLabel;
  private final boolean fromZero;
  private final List<Entry> entries = new ArrayList<>();

  /** A row. */
  private record Entry(String name, double value, double low, double high, boolean strong) {}

  private IntervalChart(String title, String valueLabel, boolean fromZero) {
    this.title = title;
    this.valueLabel = valueLabel;
    this.fromZero = fromZero;
  }

  /**
   * Creates a chart without rows.
   *
   * @param valueLabel what the values measure, with their unit
   */
  public static IntervalChart of(String title, String valueLabel) {
    return new IntervalChart(title, valueLabel, false);
  }

  /** Creates a chart without rows, of differences: it has a line at zero. */
  public static IntervalChart ofDifferences(String title, String valueLabel) {
    return new IntervalChart(title, valueLabel, true);
  }

  /**
   * Adds a row. Numbers that are not finite are not drawn.
   *
   * @param low lower end of the interval
   * @param high upper end of the interval
   * @param strong whether the row stands out
   */
  public IntervalChart add(String name, double value, double low, double high, boolean strong) {
    entries.add(new Entry(name, value, low, high, strong));
    return this;
  }

  @Override
  public String title() {
    return title;
  }

  @Override
  public String html() {
    Frame frame = new Frame(title, entries.size() * ROW + 60);
    double least = fromZero ? 0 : Double.POSITIVE_INFINITY;
    double most = fromZero ? 0 : Double.NEGATIVE_INFINITY;
    for (Entry entry : entries) {
      for (double number : new double[] {entry.value(), entry.low(), entry.high()}) {
        least = Double.isFinite(number) ? Math.min(least, number) : least;
        most = Double.isFinite(number) ? Math.max(most, number) : most;
      }
    }
    if (least > most || entries.isEmpty()) {
      return frame.nothing("There is no value to draw yet.");
    }
    Axis axis = Axis.linear(least, most, 5, true);
    double side = Math.max(14, Frame.rightOf(axis));
    frame.open("", new Frame.Margins(side, side, side));
    frame.xTicks(axis, valueLabel);
    for (Axis.Tick tick : axis.ticks()) {
      String x = Frame.percent(axis.at(tick.value()));
      String css = fromZero && tick.value() == 0 ? "axis" : "grid";
      line(frame.out(), css, x, x, frame.top(), frame.bottom());
    }
    for (int i = 0; i < entries.size(); i++) {
      draw(frame.out(), axis, entries.get(i), frame.top() + i * ROW);
    }
    return frame.end();
  }

  private static void line(Markup out, String css, String x1, String x2, double y1, double y2) {
    out.empty("line", "class", css, "x1", x1, "x2", x2, "y1", y1, "y2", y2).line();
  }

  private void draw(Markup out, Axis axis, Entry entry, double top) {
    String name = Names.shortened(entry.name(), LONGEST);
    out.element("text", name, "x", "0", "y", top + 13).line();
    if (!Double.isFinite(entry.value())) {
      return;
    }
    double y = top + 28;
    String value = Numbers.significant(entry.value(), 4);
    out.element("text", value, "class", "tick end", "x", "100%", "y", top + 13).line();
    String css = entry.strong() ? "c1" : "c0";
    out.open("g", "class", css + " strong");
    out.element("title", tip(entry));
    if (Double.isFinite(entry.low()) && Double.isFinite(entry.high())) {
      String from = Frame.percent(axis.at(entry.low()));
      String to = Frame.percent(axis.at(entry.high()));
      line(out, css, from, to, y, y);
      line(out, css, from, from, y - 5, y + 5);
      line(out, css, to, to, y - 5, y + 5);
    }
    String x = Frame.percent(axis.at(entry.value()));
    out.empty("circle", "class", "dot", "cx", x, "cy", y, "r", "4.5").close().line();
  }

  private static String tip(Entry entry) {
    String value = Names.isolated(entry.name()) + ": " + Numbers.text(entry.value());
    return Double.isFinite(entry.low()) && Double.isFinite(entry.high())
        ? value + ", %s to %s".formatted(Numbers.text(entry.low()), Numbers.text(entry.high()))
        : value;
  }

  @Override
  public Table table() {
    Table table = Table.of("", valueLabel, "from", "to");
    for (Entry entry : entries) {
      table =
          table.row(
              entry.name(),
              Numbers.text(entry.value()),
              Numbers.text(entry.low()),
              Numbers.text(entry.high()));
    }
    return table;
  }
}
