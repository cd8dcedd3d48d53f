package org.lm4j.chart;

import java.util.Locale;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Draws a {@link HeatMap}: names around cells, and a scale of the colours below. */
final class HeatDrawing {
  private static final double MARGIN = 2;
  private static final double HEADER = 22;
  private static final double SCALE = 42;
  private static final double MOST_WIDE = 1100;
  private static final int SCALE_STEPS = 24;

  private final HeatMap map;
  private final double[] colors;
  private final int rows;
  private final int columns;
  private final boolean numbers;
  private final double cellWidth;
  private final double cellHeight;
  private final double left;
  private final double top;
  private final double width;
  private final double height;

  HeatDrawing(HeatMap map) {
    this.map = map;
    this.colors = map.colors();
    this.rows = map.rowCount();
    this.columns = map.columnCount();
    double number = 0;
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        number = Math.max(number, Frame.textWidth(map.text(map.value(r, c))));
      }
    }
    double names = widest(columns, map::columnName);
    double wanted = Math.max(Math.max(40, number + 12), Math.min(names + 10, 96));
    this.left = MARGIN + Math.min(180, widest(rows, map::rowName)) + 10;
    this.numbers = columns * wanted <= MOST_WIDE - left && rows <= 60;
    this.cellWidth =
        numbers ? wanted : Math.clamp((MOST_WIDE - left) / Math.max(1, columns), 4, 16);
    this.cellHeight = numbers ? Math.min(40, wanted) : cellWidth;
    this.top = (map.columnLabel().isEmpty() && map.rowLabel().isEmpty() ? 0 : HEADER) + HEADER;
    this.width = Math.max(left + columns * cellWidth + MARGIN, 190);
    this.height = top + rows * cellHeight + SCALE;
  }

  private static double widest(int count, IntFunction<String> name) {
    return IntStream.range(0, count).mapToObj(name).mapToDouble(Frame::textWidth).max().orElse(0);
  }

  String svg() {
    Markup out = new Markup();
    Object[] root = Frame.rootAttributes(map.title(), width, height);
    out.open("svg", root).line();
    names(out);
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        cell(out, r, c);
      }
    }
    scale(out);
    return out.close().toString();
  }

  private void names(Markup out) {
    String down = map.rowLabel().isEmpty() ? "" : "↓ " + map.rowLabel();
    String right = map.columnLabel().isEmpty() ? "" : "→ " + map.columnLabel();
    String both = String.join("   ", java.util.List.of(down, right)).strip();
    if (!both.isEmpty()) {
      out.element("text", both, "class", "label", "x", "0", "y", "13").line();
    }
    double nextFree = 0;
    for (int c = 0; c < columns; c++) {
      double x = left + (c + 0.5) * cellWidth;
      String name = Frame.shortened(map.columnName(c), numbers ? (int) (cellWidth / 6.5) : 8);
      if (x - Frame.textWidth(name) / 2 >= nextFree) {
        out.element("text", name, "class", "tick middle", "x", x, "y", top - 7).line();
        nextFree = x + Frame.textWidth(name) / 2 + 2;
      }
    }
    double lineHeight = 12;
    for (int r = 0; r < rows; r++) {
      if (cellHeight >= lineHeight || r % (int) Math.ceil(lineHeight / cellHeight) == 0) {
        double y = top + (r + 0.5) * cellHeight + 4;
        String name = Frame.shortened(map.rowName(r), 26);
        out.element("text", name, "class", "tick end", "x", left - 7, "y", y).line();
      }
    }
  }

  private void cell(Markup out, int r, int c) {
    double value = map.value(r, c);
    double x = left + c * cellWidth;
    double y = top + r * cellHeight;
    double strength = strength(value);
    out.open("g")
        .element(
            "title",
            Names.isolated(map.rowName(r))
                + ", "
                + Names.isolated(map.columnName(c))
                + ": "
                + Numbers.text(value));
    box(out, x, y, cellWidth, cellHeight, strength, "cell");
    HeatMap.Mark mark = map.markAt(r, c);
    if (mark != null) {
      double size = Math.min(cellWidth, cellHeight) * (numbers ? 0.5 : 0.8);
      shape(out, mark, x + cellWidth / 2, y + cellHeight / 2 - (numbers ? 6 : 0), size / 2);
    }
    if (numbers) {
      double baseline = y + (mark == null ? cellHeight / 2 + 4 : cellHeight - 4);
      String text = map.text(value);
      out.element(
          "text", text, "class", "value" + ink(strength), "x", x + cellWidth / 2, "y", baseline);
    }
    out.close().line();
  }

  /** Returns a text colour that is readable on a cell: strong colours need the inverse one. */
  private static String ink(double strength) {
    double size = Math.abs(strength);
    return size >= 0.8 ? " on-heat" : size >= 0.6 ? " on-mid" : "";
  }

  private static void box(
      Markup out, double x, double y, double width, double height, double strength, String css) {
    String hue = Double.isNaN(strength) ? "none" : strength < 0 ? "cold" : "heat";
    Object opacity = Double.isNaN(strength) ? "1" : Math.abs(strength);
    out.empty(
        "rect",
        "class",
        css + " " + hue,
        "fill-opacity",
        opacity,
        "x",
        x,
        "y",
        y,
        "width",
        width,
        "height",
        height);
  }

  /**
   * Returns the colour strength of a value: 0 to 1, negative for the other colour, NaN for none.
   */
  private double strength(double value) {
    if (map.isDiverging()) {
      return Math.clamp(value / Math.max(-colors[0], colors[1]), -1, 1);
    }
    return Math.clamp((value - colors[0]) / (colors[1] - colors[0]), 0, 1);
  }

  private void scale(Markup out) {
    double y = top + rows * cellHeight + 12;
    double x = left;
    double wide = Math.min(180, width - left - MARGIN);
    for (int i = 0; i < SCALE_STEPS; i++) {
      double value = colors[0] + (colors[1] - colors[0]) * (i + 0.5) / SCALE_STEPS;
      double step = wide / SCALE_STEPS;
      box(out, x + i * step, y, step, 9, strength(value), "");
    }
    out.empty("rect", "class", "outline", "x", x, "y", y, "width", wide, "height", "9");
    out.element("text", Numbers.significant(colors[0], 3), "class", "tick", "x", x, "y", y + 23);
    out.element(
        "text", Numbers.significant(colors[1], 3), "class", "tick end", "x", x + wide, "y", y + 23);
  }

  private static void shape(Markup out, HeatMap.Mark mark, double x, double y, double r) {
    String style = "fill:" + mark.color();
    String points = points(mark.shape(), x, y, r);
    if (points != null) {
      out.empty("polygon", "class", "mark", "style", style, "points", points);
    } else if (mark.shape() == HeatMap.Shape.SQUARE) {
      double side = r * 1.7;
      out.empty(
          "rect",
          "class",
          "mark",
          "style",
          style,
          "x",
          x - side / 2,
          "y",
          y - side / 2,
          "width",
          side,
          "height",
          side);
    } else {
      out.empty("circle", "class", "mark", "style", style, "cx", x, "cy", y, "r", r);
    }
  }

  /** Returns the corners of a shape, or null if it is not a polygon. */
  private static @Nullable String points(HeatMap.Shape shape, double x, double y, double r) {
    return switch (shape) {
      case CIRCLE, SQUARE -> null;
      case TRIANGLE -> corners(x, y, r, -1, 0.87, 1, 0.87, 0, -0.95);
      case DIAMOND -> corners(x, y, r, 0, -1, 0.8, 0, 0, 1, -0.8, 0);
      case CROSS ->
          corners(
              x, y, r, -0.3, -1, 0.3, -1, 0.3, -0.3, 1, -0.3, 1, 0.3, 0.3, 0.3, 0.3, 1, -0.3, 1,
              -0.3, 0.3, -1, 0.3, -1, -0.3, -0.3, -0.3);
      case STAR -> {
        double[] corners = new double[20];
        for (int i = 0; i < 10; i++) {
          double far = i % 2 == 0 ? 1.05 : 0.45;
          corners[2 * i] = far * Math.sin(i * Math.PI / 5);
          corners[2 * i + 1] = -far * Math.cos(i * Math.PI / 5);
        }
        yield corners(x, y, r, corners);
      }
    };
  }

  private static String corners(double x, double y, double r, double... offsets) {
    StringBuilder points = new StringBuilder();
    for (int i = 0; i < offsets.length; i += 2) {
      points.append(
          String.format(Locale.ROOT, "%.1f,%.1f ", x + r * offsets[i], y + r * offsets[i + 1]));
    }
    return points.toString().strip();
  }
}
