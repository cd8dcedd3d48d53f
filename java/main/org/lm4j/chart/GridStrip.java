package org.lm4j.chart;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
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
  private static final double GAP = 14;
  private static final double NAME = 20;
  private static final double VALUE = 18;
  private static final double VEIL = 0.86;
  private static final int MOST_IN_A_ROW = 10;
  private static final double EDGE = 2; // room for a frame's line

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
  public String svg() {
    double cell = SIDE / Math.max(rows, columns);
    double high = NAME + rows * cell + VALUE;
    int across = Math.max(1, Math.min(MOST_IN_A_ROW, panels.size()));
    int down = (panels.size() + across - 1) / across;
    double width =
        2 * EDGE + MOST_IN_A_ROW * (SIDE + GAP) - GAP; // the same scale for all sentences
    double height = Math.max(40, down * (high + GAP) - GAP) + EDGE;
    Markup out = new Markup().open("svg", Frame.rootAttributes(title, width, height)).line();
    for (int i = 0; i < panels.size(); i++) {
      panel(
          out,
          panels.get(i),
          EDGE + column(i, across) * (SIDE + GAP),
          row(i, across) * (high + GAP),
          cell);
    }
    if (panels.isEmpty()) {
      out.element("text", "There is no word to draw.", "class", "label", "x", "0", "y", "24");
    }
    return out.close().toString();
  }

  private void panel(Markup out, Panel panel, double x, double y, double cell) {
    double wide = columns * cell;
    double tall = rows * cell;
    double top = y + NAME;
    out.element(
            "text",
            Frame.shortened(panel.word, 15),
            "class",
            "middle",
            "x",
            x + wide / 2,
            "y",
            y + 13)
        .line();
    if (picture != null) {
      out.empty(
          "image",
          "x",
          x,
          "y",
          top,
          "width",
          wide,
          "height",
          tall,
          "href",
          picture,
          "preserveAspectRatio",
          "none");
    }
    int strongest = panel.strongest();
    double most = Math.max(panel.weights[strongest], Double.MIN_NORMAL);
    for (int i = 0; i < panel.weights.length; i++) {
      double share = Math.clamp(panel.weights[i] / most, 0, 1);
      out.open("g").element("title", place(i) + ": " + Numbers.text(panel.weights[i]));
      out.empty(
              "rect",
              "class",
              picture == null ? "heat cell" : "veil",
              "fill-opacity",
              picture == null ? panel.weights[i] : VEIL * (1 - share),
              "x",
              x + column(i, columns) * cell,
              "y",
              top + row(i, columns) * cell,
              "width",
              cell,
              "height",
              cell)
          .close();
    }
    out.empty("rect", "class", "outline", "x", x, "y", top, "width", wide, "height", tall);
    out.empty(
        "rect",
        "class",
        "ring",
        "x",
        x + column(strongest, columns) * cell,
        "y",
        top + row(strongest, columns) * cell,
        "width",
        cell,
        "height",
        cell);
    String value = String.format(Locale.ROOT, "%.2f", panel.weights[strongest]);
    out.element("text", value, "class", "tick middle", "x", x + wide / 2, "y", top + tall + 15)
        .line();
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
    List<String> header = new ArrayList<>(List.of("word"));
    List<String> strongest = new ArrayList<>(List.of("strongest cell"));
    List<String> weight = new ArrayList<>(List.of("its weight"));
    for (Panel panel : panels) {
      header.add(panel.word);
      strongest.add(panel.strongest() / columns + 1 + ", " + (panel.strongest() % columns + 1));
      weight.add(String.format(Locale.ROOT, "%.3f", panel.weights[panel.strongest()]));
    }
    return new Table(header, Arrays.asList(strongest, weight));
  }
}
