package org.lm4j.chart;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A chart of a matrix as coloured cells, with numbers where they are readable: attention weights
 * over words or a grid, a confusion matrix. Unless a {@linkplain #range range} is set, the colours
 * range from 0, or the smallest value if it is negative, to the largest.
 */
public final class HeatMap implements Chart {
  /** A shape that can be drawn in a cell, under its number. */
  public enum Shape {
    CIRCLE,
    SQUARE,
    TRIANGLE,
    DIAMOND,
    CROSS,
    STAR
  }

  /** The largest number of cells; beyond it an {@link ImageGrid} is the better chart. */
  private static final int MOST_CELLS = 20_000;

  private static final int MOST_IN_THIRD = 6; // columns
  private static final int MOST_IN_HALF = 13;

  private final String title;
  private final double[][] values;
  private final boolean whole; // all values
  private List<String> rows = List.of();
  private List<String> columns = List.of();
  private String rowLabel = "";
  private String columnLabel = "";
  private String meaning = "";
  private boolean diverging;
  private double low = Double.NaN;
  private double high = Double.NaN;
  private final Map<Integer, Mark> marks = new LinkedHashMap<>();
  private List<List<String>> texts = List.of();
  private List<List<String>> tips = List.of();

  /** A shape and its CSS colour. */
  record Mark(Shape shape, String color) {}

  private HeatMap(String title, double[][] values) {
    this.title = title;
    this.values = values;
    this.whole =
        Arrays.stream(values)
            .flatMapToDouble(Arrays::stream)
            .allMatch(value -> !Double.isFinite(value) || value == Math.rint(value));
  }

  /**
   * Creates a chart of a matrix, the first row at the top. NaN leaves its cell grey.
   *
   * @throws IllegalArgumentException if rows differ in length, or there are more than 20,000 cells
   */
  public static HeatMap of(String title, double[][] values) {
    double[][] copy = Arrays.stream(values).map(double[]::clone).toArray(double[][]::new);
    for (double[] row : copy) {
      if (row.length != copy[0].length) {
        throw new IllegalArgumentException(
            "rows of " + copy[0].length + " and of " + row.length + " values");
      }
    }
    if (copy.length > 0 && (long) copy.length * copy[0].length > MOST_CELLS) {
      throw new IllegalArgumentException(
          copy.length + " × " + copy[0].length + " cells are too many to distinguish");
    }
    return new HeatMap(title, copy);
  }

  /** Labels the vertical direction and each row. */
  public HeatMap rows(String label, List<String> names) {
    requireCount(names, values.length);
    rowLabel = label;
    rows = List.copyOf(names);
    return this;
  }

  /** Labels the horizontal direction and each column. */
  public HeatMap columns(String label, List<String> names) {
    requireCount(names, columnCount());
    columnLabel = label;
    columns = List.copyOf(names);
    return this;
  }

  /** Labels both directions of a grid whose rows and columns are only numbered. */
  public HeatMap axes(String right, String down) {
    columnLabel = right;
    rowLabel = down;
    return this;
  }

  /** Sets what the colours mean, which is written beside their scale. */
  public HeatMap meaning(String text) {
    meaning = text;
    return this;
  }

  /** Gives negative values a separate colour, and equal strength to equal distance from 0. */
  public HeatMap diverging() {
    diverging = true;
    return this;
  }

  /** Sets the values at which the colours begin and end; beyond them the colours are constant. */
  public HeatMap range(double from, double to) {
    if (!(from < to)) {
      throw new IllegalArgumentException("no range from " + from + " to " + to);
    }
    low = from;
    high = to;
    return this;
  }

  /**
   * Draws a shape into a cell, such as the object at this place of a scene.
   *
   * @param color a CSS colour: a name or {@code #rrggbb}
   */
  public HeatMap mark(int row, int column, Shape shape, String color) {
    if (!color.matches("[a-zA-Z]{1,30}|#[0-9a-fA-F]{3,8}")) {
      throw new IllegalArgumentException(
          "'" + color + "' is neither the name of a colour nor #rrggbb");
    }
    marks.put(
        java.util.Objects.checkIndex(row, values.length) * columnCount()
            + java.util.Objects.checkIndex(column, columnCount()),
        new Mark(shape, color));
    return this;
  }

  /**
   * Sets what is written into the cells and what is shown about the cell that is pointed at, in
   * place of the values, which the colours show.
   *
   * @param inside the text of each cell, short
   * @param about the description of each cell
   */
  public HeatMap cells(List<List<String>> inside, List<List<String>> about) {
    requireShape(inside);
    requireShape(about);
    texts = inside.stream().map(List::copyOf).toList();
    tips = about.stream().map(List::copyOf).toList();
    return this;
  }

  private void requireShape(List<List<String>> cells) {
    if (cells.size() != values.length
        || cells.stream().anyMatch(row -> row.size() != columnCount())) {
      throw new IllegalArgumentException(
          "texts that are not " + values.length + " × " + columnCount());
    }
  }

  @Override
  public String title() {
    return title;
  }

  @Override
  public boolean wide() {
    return columnCount() > MOST_IN_HALF;
  }

  @Override
  public boolean small() {
    return columnCount() <= MOST_IN_THIRD;
  }

  @Override
  public String html() {
    return new HeatDrawing(this).html();
  }

  @Override
  public Table table() {
    Table table = Table.of("", "value", nonEmpty(rowLabel, "row"), nonEmpty(columnLabel, "column"));
    return extreme(extreme(table, "highest", 1), "lowest", -1);
  }

  private Table extreme(Table table, String name, int sign) {
    int row = -1;
    int column = -1;
    for (int r = 0; r < values.length; r++) {
      for (int c = 0; c < values[r].length; c++) {
        double value = values[r][c];
        if (Double.isFinite(value) && (row < 0 || sign * value > sign * values[row][column])) {
          row = r;
          column = c;
        }
      }
    }
    return row < 0
        ? table.row(name, "–", "–", "–")
        : table.row(name, Numbers.text(values[row][column]), rowName(row), columnName(column));
  }

  private static String nonEmpty(String text, String other) {
    return text.isEmpty() ? other : text;
  }

  private static void requireCount(List<String> names, int count) {
    if (names.size() != count) {
      throw new IllegalArgumentException(names.size() + " names for " + count);
    }
  }

  /** Returns the name of a row, or its number from 1. */
  String rowName(int row) {
    return rows.isEmpty() ? String.valueOf(row + 1) : rows.get(row);
  }

  /** Returns the name of a column, or its number from 1. */
  String columnName(int column) {
    return columns.isEmpty() ? String.valueOf(column + 1) : columns.get(column);
  }

  String rowLabel() {
    return rowLabel;
  }

  String columnLabel() {
    return columnLabel;
  }

  String meaning() {
    return meaning;
  }

  int rowCount() {
    return values.length;
  }

  int columnCount() {
    return values.length == 0 ? 0 : values[0].length;
  }

  double value(int row, int column) {
    return values[row][column];
  }

  @Nullable Mark markAt(int row, int column) {
    return marks.get(row * columnCount() + column);
  }

  /** Returns the text in a cell. */
  String text(int row, int column) {
    return texts.isEmpty()
        ? Numbers.fixed(values[row][column], whole ? 0 : 2)
        : texts.get(row).get(column);
  }

  /** Returns what is shown about a cell that is pointed at. */
  String tip(int row, int column) {
    return tips.isEmpty()
        ? "%s, %s: %s"
            .formatted(
                Names.isolated(rowName(row)),
                Names.isolated(columnName(column)),
                Numbers.text(values[row][column]))
        : tips.get(row).get(column);
  }

  /** Returns the value with the full colour, and the value with no colour or the opposite one. */
  double[] colors() {
    if (!Double.isNaN(low)) {
      return new double[] {low, high};
    }
    double least = 0;
    double most = 0;
    for (double[] row : values) {
      for (double value : row) {
        least = Double.isFinite(value) ? Math.min(least, value) : least;
        most = Double.isFinite(value) ? Math.max(most, value) : most;
      }
    }
    double width = Math.max(-least, most);
    if (width == 0) {
      return new double[] {diverging ? -1 : 0, 1};
    }
    return diverging ? new double[] {-width, width} : new double[] {least, most};
  }

  boolean isDiverging() {
    return diverging;
  }
}
