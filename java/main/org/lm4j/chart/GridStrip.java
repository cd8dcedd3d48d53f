package org.lm4j.chart;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A chart of small grids side by side, one for each word of a sentence, that shows the word's
 * attention to each cell of a picture. Cells without attention are veiled.
 */
public final class GridStrip implements Chart {
  private static final double SIDE = 104;
  private static final double VEIL = 0.86;

  private final String title;
  private final int rows;
  private final int columns;
  private final List<Panel> panels = new ArrayList<>();
  private @Nullable String picture; // address
  private final List<String> notes = new ArrayList<>();

  /** The grid of one word. */
  private static final class Panel {
    private final String word;
    private final double[] weights;

    Panel(String word, double[] weights) {
      this.word = word;
      this.weights = weights;
    }

    int strongest() {
      int best = 0;
      for (int i = 1; i < weights.length; i++) {
        best = weights[i] > weights[best] ? i : best;
      }
      return best;
    }
  }

  private GridStrip(String title, int rows, int columns) {
    this.title = title;
    this.rows = rows;
    this.columns = columns;
  }

  /**
   * Creates a strip without words.
   *
   * @param rows rows of a grid, at least 1
   * @param columns columns of a grid, at least 1
   */
  public static GridStrip of(String title, int rows, int columns) {
    if (rows < 1 || columns < 1) {
      throw new IllegalArgumentException("a grid of " + rows + " × " + columns);
    }
    return new GridStrip(title, rows, columns);
  }

  /**
   * Draws a picture under every grid.
   *
   * @param svg a complete drawing, with its own namespace
   */
  public GridStrip picture(String svg) {
    picture =
        "data:image/svg+xml;base64,"
            + Base64.getEncoder().encodeToString(svg.getBytes(StandardCharsets.UTF_8));
    return this;
  }

  /** Adds a note below the drawing. */
  public GridStrip note(String text) {
    notes.add(text);
    return this;
  }

  /**
   * Adds a word.
   *
   * @param weights the weights of the cells, row by row, none below 0
   */
  public GridStrip add(String word, double[] weights) {
    if (weights.length != rows * columns) {
      throw new IllegalArgumentException(
          weights.length + " weights for " + rows + " × " + columns + " cells");
    }
    panels.add(new Panel(word, weights.clone()));
    return this;
  }

  @Override
  public String title() {
    return title;
  }

  @Override
  public boolean wide() {
    return true;
  }

  @Override
  public List<String> notes() {
    return List.copyOf(notes);
  }

  @Override
  public String html() {
    Markup out = new Markup();
    out.open("div", Frame.plotAttributes(title, "data-columns", columns)).line();
    if (panels.isEmpty()) {
      out.element("p", "There is no word to draw.", "class", "note");
      return out.close().toString();
    }
    String style = picture == null ? "" : Frame.property("picture", "url(" + picture + ")");
    out.open("div", "class", "strip", "style", style).line();
    for (Panel panel : panels) {
      panel(out, panel);
    }
    return out.close().close().toString();
  }

  private void panel(Markup out, Panel panel) {
    double cell = SIDE / Math.max(rows, columns);
    double wide = columns * cell;
    double tall = rows * cell;
    int strongest = panel.strongest();
    double most = Math.max(panel.weights[strongest], Double.MIN_NORMAL);
    String value = String.format(Locale.ROOT, "%.2f", panel.weights[strongest]);
    out.open("div", "style", "width:" + Markup.coordinate(wide) + "px");
    out.element("b", panel.word);
    String label = panel.word + ": " + value + " at " + place(strongest);
    out.open(
        "svg",
        "xmlns",
        "http://www.w3.org/2000/svg",
        "viewBox",
        "0 0 " + Markup.coordinate(wide) + " " + Markup.coordinate(tall),
        "role",
        "img",
        "aria-label",
        label);
    for (int i = 0; i < panel.weights.length; i++) {
      double share = Math.clamp(panel.weights[i] / most, 0, 1);
      double x = column(i, columns) * cell;
      double y = row(i, columns) * cell;
      out.open("g").element("title", place(i) + ": " + Numbers.text(panel.weights[i]));
      out.empty(
              "rect",
              "class",
              picture == null ? "heat cell" : "veil",
              "fill-opacity",
              picture == null ? panel.weights[i] : VEIL * (1 - share),
              "x",
              x,
              "y",
              y,
              "width",
              cell,
              "height",
              cell)
          .close();
    }
    out.empty("rect", "class", "outline", "width", wide, "height", tall);
    double x = column(strongest, columns) * cell;
    double y = row(strongest, columns) * cell;
    out.empty("rect", "class", "ring", "x", x, "y", y, "width", cell, "height", cell);
    out.close().element("small", value).close().line();
  }

  private static int row(int i, int across) {
    return i / across;
  }

  private static int column(int i, int across) {
    return i % across;
  }

  private String place(int i) {
    return "row %d, column %d".formatted(i / columns + 1, i % columns + 1);
  }

  @Override
  public Table table() {
    Table table = Table.of("word", "row", "column", "weight");
    for (Panel panel : panels) {
      int at = panel.strongest();
      table =
          table.row(
              panel.word,
              Numbers.text(row(at, columns) + 1),
              Numbers.text(column(at, columns) + 1),
              String.format(Locale.ROOT, "%.3f", panel.weights[at]));
    }
    return table;
  }
}
