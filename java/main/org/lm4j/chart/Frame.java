package org.lm4j.chart;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The common parts of charts with axes: the plot area, grid lines, labels and legend. A drawing is
 * as wide as there is room: positions along x are percentages of the plot area, those along y, and
 * all sizes of text, are pixels.
 */
final class Frame {
  /** Height of the small text of labels. */
  static final double TEXT = 12;

  private static final double NARROW = 270; // a plot area on a phone, in pixels

  private final String title;
  private final Markup out = new Markup();
  private final double height;
  private double top = 8;
  private final double bottom;

  /**
   * Begins a drawing.
   *
   * @param height of the drawing, in pixels
   * @param data names and values of attributes for the script
   */
  Frame(String title, double height, Object... data) {
    this.title = title;
    this.height = height;
    this.bottom = height - 44;
    out.open("div", plotAttributes(title, data)).line();
  }

  /**
   * The room left of the plot area for labels, in pixels, and right of it: in general, and where
   * the drawing is narrow and the lines have no names at their ends.
   */
  record Margins(double left, double right, double bare) {}

  /** An entry of a legend. */
  record Entry(String name, String css, boolean square) {}

  /**
   * Returns the attributes of the element around a drawing. It can be reached by the keyboard, to
   * read values by the arrow keys.
   */
  static Object[] plotAttributes(String title, Object... data) {
    List<Object> attributes =
        new ArrayList<>(List.of("class", "plot", "tabindex", 0, "role", "group"));
    attributes.addAll(List.of("aria-label", title));
    attributes.addAll(Arrays.asList(data));
    return attributes.toArray();
  }

  /** Returns the attributes of a drawing's {@code svg} element. */
  static Object[] rootAttributes(String title, double height, Object... more) {
    List<Object> attributes =
        new ArrayList<>(List.of("xmlns", "http://www.w3.org/2000/svg", "class", "chart"));
    attributes.addAll(List.of("width", "100%", "height", height));
    attributes.addAll(List.of("role", "img", "aria-label", title));
    attributes.addAll(Arrays.asList(more));
    return attributes.toArray();
  }

  /**
   * Adds a legend above the drawing.
   *
   * @param always whether it is also seen where there is room for names at the lines
   */
  void legend(List<Entry> entries, boolean always) {
    if (entries.isEmpty()) {
      return;
    }
    out.open("div", "class", always ? "key" : "key small", "aria-hidden", "true");
    for (Entry entry : entries) {
      String swatch = entry.css() + (entry.square() ? " square" : "");
      out.open("span").element("i", "", "class", swatch);
      out.element("bdi", entry.name()).close();
    }
    out.close().line();
  }

  /** Opens the plot area, under the label of the y axis, unless that repeats the title. */
  void open(String yLabel, Margins margins) {
    out.open("div", "class", "area", "style", style(margins)).line();
    out.open("svg", rootAttributes(title, height)).line();
    if (!yLabel.isEmpty() && !yLabel.equalsIgnoreCase(title)) {
      out.element("text", yLabel, "class", "label", "x", -margins.left(), "y", TEXT).line();
      top = TEXT + 16;
    }
  }

  /** Returns the style of the element around the plot area. */
  static String style(Margins margins) {
    return property("left", Markup.coordinate(margins.left()) + "px")
        + property("right", Markup.coordinate(margins.right()) + "px")
        + property("bare", Markup.coordinate(margins.bare()) + "px");
  }

  /** Returns the declaration of a custom property of the style sheet. */
  static String property(String name, String value) {
    return "--" + name + ":" + value + ";";
  }

  /** Returns the room that labels of the y axis need. */
  static double leftOf(Axis axis) {
    return axis.ticks().stream().mapToDouble(tick -> textWidth(tick.label())).max().orElse(0) + 10;
  }

  /** Returns the room right of the plot area that the last label of the x axis needs. */
  static double rightOf(Axis axis) {
    double most = 14;
    for (Axis.Tick tick : axis.ticks()) {
      double after = (1 - axis.at(tick.value())) * NARROW;
      most = Math.max(most, textWidth(tick.label()) / 2 - after);
    }
    return most;
  }

  /** Draws horizontal lines at the ticks of y, with their labels to the left. */
  void yTicks(Axis axis) {
    for (Axis.Tick tick : axis.ticks()) {
      double y = y(axis, tick.value());
      out.empty("line", "class", "grid", "x1", "0", "x2", "100%", "y1", y, "y2", y);
      out.element("text", tick.label(), "class", "tick end", "x", "-8", "y", y + 4).line();
    }
  }

  /**
   * Draws tick marks on the x axis, with their labels and the axis label below. Where the drawing
   * is narrow, some labels are left out so that none touch.
   */
  void xTicks(Axis axis, String label) {
    out.empty("line", "class", "axis", "x1", "0", "x2", "100%", "y1", bottom, "y2", bottom);
    double widest =
        axis.ticks().stream().mapToDouble(tick -> textWidth(tick.label())).max().orElse(0) + 10;
    int stride = 1;
    double spacing =
        axis.ticks().size() < 2
            ? NARROW
            : (axis.at(axis.ticks().get(1).value()) - axis.at(axis.ticks().get(0).value()))
                * NARROW;
    while (stride < axis.ticks().size() && stride * spacing < widest) {
      stride++;
    }
    for (int i = 0; i < axis.ticks().size(); i++) {
      Axis.Tick tick = axis.ticks().get(i);
      String x = percent(axis.at(tick.value()));
      String css = "tick middle" + (i % stride == 0 ? "" : " more");
      out.empty("line", "class", "axis", "x1", x, "x2", x, "y1", bottom, "y2", bottom + 5);
      out.element("text", tick.label(), "class", css, "x", x, "y", bottom + 18).line();
    }
    out.element("text", label, "class", "label middle", "x", "50%", "y", bottom + 37).line();
  }

  /** Draws the reason why the chart is empty, in place of the plot area. */
  String nothing(String why) {
    out.open("svg", rootAttributes(title, height)).line();
    out.element("text", why, "class", "label middle", "x", "50%", "y", height / 2);
    return out.close().line().close().toString();
  }

  /** Ends the drawing. */
  String end() {
    return out.close().line().close().line().close().toString();
  }

  Markup out() {
    return out;
  }

  double y(Axis axis, double value) {
    return bottom - axis.at(value) * (bottom - top);
  }

  double top() {
    return top;
  }

  double bottom() {
    return bottom;
  }

  double height() {
    return height;
  }

  /** Returns a part of the width of the plot area. */
  static String percent(double part) {
    return Markup.coordinate(100 * part) + "%";
  }

  /**
   * Estimates the width of a label: letters of proportional fonts differ, and wide scripts more.
   */
  static double textWidth(String text) {
    return text.codePoints().mapToDouble(Frame::letterWidth).sum();
  }

  private static double letterWidth(int c) {
    if (c >= 0x1100) {
      return TEXT;
    }
    return c == '.' || c == ',' || c == 'i' || c == 'l' || c == ' ' || c == '-' ? 4 : 7.2;
  }
}
