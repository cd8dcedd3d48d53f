package org.lm4j.chart;

import java.util.List;

/**
 * The common parts of charts with axes: the plot area, grid lines, labels and legend. All measures
 * are in pixels of the drawing.
 */
final class Frame {
  /** Height of the small text of labels. */
  static final double TEXT = 12;

  private static final double LINE_HEIGHT = 20;
  private static final double SAMPLE = 24;
  private static final double GAP = 18;

  private final Markup out = new Markup();
  private final double width;
  private final double height;
  private double left;
  private double top;
  private double right;
  private final double bottom;

  Frame(String title, double width, double height) {
    this.width = width;
    this.height = height;
    this.left = 10;
    this.top = 8;
    this.right = width - 14;
    this.bottom = height - 44;
    out.open("svg", rootAttributes(title, width, height));
    out.line();
  }

  /** Returns the attributes of a drawing's {@code svg} element. */
  static Object[] rootAttributes(String title, double width, double height) {
    String box = "0 0 " + Markup.coordinate(width) + " " + Markup.coordinate(height);
    return new Object[] {
      "xmlns",
      "http://www.w3.org/2000/svg",
      "class",
      "chart",
      "viewBox",
      box,
      "width",
      width,
      "height",
      height,
      "role",
      "img",
      "aria-label",
      title
    };
  }

  /** An entry of a legend. */
  record Entry(String name, String css, String shape) {}

  /** Draws the legend above the plot area, in as many lines as it needs. */
  void legend(List<Entry> entries) {
    double x = 0;
    double y = top + TEXT;
    for (Entry entry : entries) {
      String name = shortened(entry.name(), (int) (width / 9));
      double wide = SAMPLE + 6 + textWidth(name) + GAP;
      if (x > 0 && x + wide - GAP > width) {
        x = 0;
        y += LINE_HEIGHT;
      }
      if (entry.shape().equals("bar")) {
        out.empty(
            "rect", "class", entry.css(), "x", x + 8, "y", y - 10, "width", "12", "height", "12");
      } else {
        out.empty(
            "line",
            "class",
            entry.css(),
            "x1",
            x + 1,
            "x2",
            x + SAMPLE - 1,
            "y1",
            y - 4,
            "y2",
            y - 4);
      }
      if (entry.shape().equals("points")) {
        out.empty(
            "circle", "class", entry.css() + " dot", "cx", x + SAMPLE / 2, "cy", y - 4, "r", "3");
      }
      out.element("text", name, "x", x + SAMPLE + 6, "y", y).line();
      x += wide;
    }
    if (!entries.isEmpty()) {
      top = y + 12;
    }
  }

  /** Draws the label of the y axis above it. */
  void yLabel(String label) {
    out.element("text", label, "class", "label", "x", "0", "y", top + TEXT);
    top += LINE_HEIGHT + 8;
  }

  /** Draws horizontal lines at the ticks of y, with their labels to the left. */
  void yTicks(Axis axis) {
    left = axis.ticks().stream().mapToDouble(t -> textWidth(t.label())).max().orElse(0) + 10;
    for (Axis.Tick tick : axis.ticks()) {
      double y = y(axis, tick.value());
      out.empty("line", "class", "grid", "x1", left, "x2", right, "y1", y, "y2", y);
      out.element("text", tick.label(), "class", "tick end", "x", left - 7, "y", y + 4).line();
    }
  }

  /** Draws tick marks on the x axis, with their labels and the axis label below. */
  void xTicks(Axis axis, String label) {
    out.empty("line", "class", "axis", "x1", left, "x2", right, "y1", bottom, "y2", bottom);
    double free = Double.NEGATIVE_INFINITY;
    for (Axis.Tick tick : axis.ticks()) {
      double x = x(axis, tick.value());
      out.empty("line", "class", "axis", "x1", x, "x2", x, "y1", bottom, "y2", bottom + 5);
      String text = tick.label();
      double half = textWidth(text) / 2;
      // The labels at the ends move inwards, and one that would touch another is left out.
      double middle = Math.clamp(x, half, Math.max(half, width - half));
      if (middle - half > free) {
        out.element("text", text, "class", "tick middle", "x", middle, "y", bottom + 18).line();
        free = middle + half + 6;
      }
    }
    double middle = (left + right) / 2;
    out.element("text", label, "class", "label middle", "x", middle, "y", bottom + 37).line();
  }

  /** Draws the reason why the chart is empty. */
  void nothing(String why) {
    out.element("text", why, "class", "label middle", "x", width / 2, "y", height / 2);
  }

  /** Ends the drawing. */
  String end() {
    return out.line().close().toString();
  }

  Markup out() {
    return out;
  }

  double x(Axis axis, double value) {
    return left + axis.at(value) * (right - left);
  }

  double y(Axis axis, double value) {
    return bottom - axis.at(value) * (bottom - top);
  }

  double left() {
    return left;
  }

  double right() {
    return right;
  }

  double top() {
    return top;
  }

  double bottom() {
    return bottom;
  }

  void right(double x) {
    right = x;
  }

  void left(double x) {
    left = x;
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

  /** Shortens a text longer than {@code most} characters. */
  static String shortened(String text, int most) {
    return text.codePointCount(0, text.length()) <= most
        ? text
        : text.substring(0, text.offsetByCodePoints(0, most - 1)) + "…";
  }
}
