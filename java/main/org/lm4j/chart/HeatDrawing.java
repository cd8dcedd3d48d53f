package org.lm4j.chart;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Draws a {@link HeatMap}: names around cells, and a scale of the colours below. The cells shrink
 * with the page, down to a size that can still be pointed at; numbers and names that no longer fit
 * are left out.
 */
final class HeatDrawing {
  private static final double HEADER = 22;
  private static final double SCALE = 42;
  private static final double MOST_WIDE = 1100;
  private static final double PHONE = 330; // pixels across, in which a small map fits
  private static final double LARGE = 320; // pixels across, which a map of few cells fills
  private static final double LEAST_CELL = 11;
  private static final double SLANT = Math.toRadians(50);

  /** Strengths of a colour from which on text needs another one, in a light or a dark page. */
  static final double WEAK = 0.5;

  static final double MIDDLE = 0.6;
  static final double STRONG = 0.87;

  private static final int LONGEST_ROW = 18; // characters of a name
  private static final int LONGEST_COLUMN = 14;
  private static final int SCALE_STEPS = 24;

  /** Widths of a drawing below which the style sheet hides what has the class. */
  private static final List<Integer> WIDTHS = List.of(360, 480, 620, 800, 1100);

  private final HeatMap map;
  private final double[] colors;
  private final int rows;
  private final int columns;
  private final boolean numbers;
  private final boolean slanted;
  private final double number; // width of the longest
  private final double cellWidth; // where there is room
  private final double cellHeight;
  private final double left;
  private final double right;
  private final double top;
  private final double height;

  HeatDrawing(HeatMap map) {
    this.map = map;
    this.colors = map.colors();
    this.rows = map.rowCount();
    this.columns = map.columnCount();
    double longest = 0;
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        longest = Math.max(longest, Frame.textWidth(map.text(r, c)));
      }
    }
    this.number = longest;
    this.left = widest(rows, this::rowName) + 10;
    double names = widest(columns, this::columnName);
    double small = Math.max(LEAST_CELL, (PHONE - left) / Math.max(1, columns));
    this.slanted = names > 16 && names + 4 > small;
    double roomy = Math.clamp(LARGE / Math.max(1, columns), 40, 64);
    double wanted =
        Math.max(Math.max(roomy, longest + 12), slanted ? 0 : Math.min(names + 10, 120));
    this.numbers = columns * wanted <= MOST_WIDE - left && rows <= 60;
    this.cellWidth =
        numbers ? wanted : Math.clamp((MOST_WIDE - left) / Math.max(1, columns), 4, 16);
    this.cellHeight = numbers ? Math.clamp(0.75 * wanted, 36, 48) : cellWidth;
    this.right = slanted ? Math.min(70, names * Math.cos(SLANT)) : 2;
    double above = slanted ? names * Math.sin(SLANT) + 14 : HEADER;
    this.top = (map.columnLabel().isEmpty() && map.rowLabel().isEmpty() ? 0 : HEADER) + above;
    this.height = top + rows * cellHeight + SCALE;
  }

  private String rowName(int row) {
    return Names.shortened(map.rowName(row), LONGEST_ROW);
  }

  private String columnName(int column) {
    return Names.shortened(map.columnName(column), LONGEST_COLUMN);
  }

  private static double widest(int count, IntFunction<String> name) {
    return IntStream.range(0, count).mapToObj(name).mapToDouble(Frame::textWidth).max().orElse(0);
  }

  String html() {
    Markup out = new Markup();
    out.open("div", Frame.plotAttributes(map.title(), "data-columns", columns));
    out.open("div", "class", "scroll").line();
    double scale = map.meaning().isEmpty() ? 0 : left + 160 + Frame.textWidth(map.meaning());
    double most = Math.max(Math.max(left + columns * cellWidth + right, 190), scale);
    double least = left + columns * Math.min(cellWidth, LEAST_CELL) + right;
    String style =
        "%smax-width:%spx;min-width:%spx"
            .formatted(
                Frame.style(new Frame.Margins(left, right, right)),
                Markup.coordinate(most),
                Markup.coordinate(least));
    out.open("div", "class", "area", "style", style).line();
    out.open("svg", Frame.rootAttributes(map.title(), height)).line();
    String both = labels();
    if (!both.isEmpty()) {
      out.element("text", both, "class", "label", "x", -left, "y", "13").line();
    }
    rowNames(out);
    columnNames(out);
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        cell(out, r, c);
      }
    }
    scale(out);
    return out.close().close().close().close().toString();
  }

  private String labels() {
    String down = map.rowLabel().isEmpty() ? "" : "↓ " + map.rowLabel();
    String across = map.columnLabel().isEmpty() ? "" : "→ " + map.columnLabel();
    return String.join("\u2003", List.of(down, across)).strip();
  }

  private void rowNames(Markup out) {
    int stride = (int) Math.max(1, Math.ceil(12 / cellHeight));
    for (int r = 0; r < rows; r += stride) {
      double y = top + (r + 0.5) * cellHeight + 4;
      out.element("text", rowName(r), "class", "tick end", "x", -7, "y", y).line();
    }
  }

  private void columnNames(Markup out) {
    double needed = slanted ? 13 : widest(columns, this::columnName) + 4;
    int stride = (int) Math.max(1, Math.ceil(needed / cellWidth));
    double small = Math.max(LEAST_CELL, (PHONE - left - right) / Math.max(1, columns));
    int phone = stride * (int) Math.max(1, Math.ceil(needed / small / stride));
    for (int c = 0; c < columns; c += stride) {
      String more = c % phone == 0 ? "" : " more";
      String x = Frame.percent((c + 0.5) / columns);
      if (slanted) {
        out.open("svg", "x", x, "y", top - 6, "width", 1, "height", 1);
        String turn = "rotate(-" + Markup.coordinate(Math.toDegrees(SLANT)) + ")";
        out.element("text", columnName(c), "class", "tick" + more, "transform", turn);
        out.close().line();
      } else {
        String css = "tick middle" + more;
        out.element("text", columnName(c), "class", css, "x", x, "y", top - 7).line();
      }
    }
  }

  private void cell(Markup out, int r, int c) {
    double value = map.value(r, c);
    String x = Frame.percent((double) c / columns);
    String width = Frame.percent(1.0 / columns);
    String middle = Frame.percent((c + 0.5) / columns);
    double y = top + r * cellHeight;
    double strength = strength(value);
    out.open("g").element("title", map.tip(r, c));
    box(out, x, y, width, cellHeight, strength, "cell");
    HeatMap.Mark mark = map.markAt(r, c);
    if (mark != null) {
      double size = Math.min(cellWidth, cellHeight) * (numbers ? 0.55 : 0.8);
      out.open("svg", "x", middle, "y", y + cellHeight / 2 - (numbers ? 6 : 0));
      shape(out, mark, size / 2);
      out.close();
    }
    if (numbers) {
      double baseline = y + (mark == null ? cellHeight / 2 + 4 : cellHeight - 4);
      String css = "value" + ink(strength) + fitting();
      out.element("text", map.text(r, c), "class", css, "x", middle, "y", baseline);
    }
    out.close().line();
  }

  /** Returns the class that hides the numbers of cells which become too narrow for them. */
  private String fitting() {
    double needed = left + columns * (number + 6) + right;
    return WIDTHS.stream()
        .filter(width -> width >= needed)
        .findFirst()
        .map(width -> needed <= PHONE ? "" : " w" + width)
        .orElse(" w" + WIDTHS.getLast());
  }

  /** Returns the class of a text colour that is readable on a cell. */
  private static String ink(double strength) {
    double size = Math.abs(strength);
    return size >= STRONG ? " on-heat" : size >= MIDDLE ? " on-mid" : size >= WEAK ? " on-low" : "";
  }

  private static void box(
      Markup out, Object x, double y, Object width, double height, double strength, String css) {
    String hue = Double.isNaN(strength) ? "none" : strength < 0 ? "cold" : "heat";
    Object opacity = Double.isNaN(strength) ? "1" : Math.abs(strength);
    List<Object> attributes = new ArrayList<>();
    attributes.addAll(List.of("class", (css + " " + hue).strip(), "fill-opacity", opacity));
    attributes.addAll(List.of("x", x, "y", y, "width", width, "height", height));
    out.empty("rect", attributes.toArray());
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
    double wide = 150;
    double step = wide / SCALE_STEPS;
    for (int i = 0; i < SCALE_STEPS; i++) {
      double value = colors[0] + (colors[1] - colors[0]) * (i + 0.5) / SCALE_STEPS;
      box(out, i * step, y, step, 9, strength(value), "");
    }
    out.empty("rect", "class", "outline", "x", "0", "y", y, "width", wide, "height", "9");
    String from = Numbers.significant(colors[0], 3);
    String to = Numbers.significant(colors[1], 3);
    out.element("text", from, "class", "tick", "x", "0", "y", y + 23);
    out.element("text", to, "class", "tick end", "x", wide, "y", y + 23);
    if (!map.meaning().isEmpty()) {
      out.element("text", map.meaning(), "class", "label", "x", wide + 10, "y", y + 9);
    }
  }

  private static void shape(Markup out, HeatMap.Mark mark, double r) {
    String style = "fill:" + mark.color();
    String points = points(mark.shape(), r);
    if (points != null) {
      out.empty("polygon", "class", "mark", "style", style, "points", points);
    } else if (mark.shape() == HeatMap.Shape.SQUARE) {
      double side = r * 1.7;
      Object[] place = {"x", -side / 2, "y", -side / 2, "width", side, "height", side};
      List<Object> attributes = new ArrayList<>(List.of("class", "mark", "style", style));
      attributes.addAll(List.of(place));
      out.empty("rect", attributes.toArray());
    } else {
      out.empty("circle", "class", "mark", "style", style, "r", r);
    }
  }

  /** Returns the corners of a shape around 0, 0, or null if it is not a polygon. */
  private static @Nullable String points(HeatMap.Shape shape, double r) {
    return switch (shape) {
      case CIRCLE, SQUARE -> null;
      case TRIANGLE -> corners(r, -1, 0.87, 1, 0.87, 0, -0.95);
      case DIAMOND -> corners(r, 0, -1, 0.8, 0, 0, 1, -0.8, 0);
      case CROSS ->
          corners(
              r, -0.3, -1, 0.3, -1, 0.3, -0.3, 1, -0.3, 1, 0.3, 0.3, 0.3, 0.3, 1, -0.3, 1, -0.3,
              0.3, -1, 0.3, -1, -0.3, -0.3, -0.3);
      case STAR -> {
        double[] corners = new double[20];
        for (int i = 0; i < 10; i++) {
          double far = i % 2 == 0 ? 1.05 : 0.45;
          corners[2 * i] = far * Math.sin(i * Math.PI / 5);
          corners[2 * i + 1] = -far * Math.cos(i * Math.PI / 5);
        }
        yield corners(r, corners);
      }
    };
  }

  private static String corners(double r, double... offsets) {
    StringBuilder points = new StringBuilder();
    for (int i = 0; i < offsets.length; i += 2) {
      points.append(String.format(Locale.ROOT, "%.1f,%.1f ", r * offsets[i], r * offsets[i + 1]));
    }
    return points.toString().strip();
  }
}
