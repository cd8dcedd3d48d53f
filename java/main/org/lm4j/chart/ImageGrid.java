package org.lm4j.chart;

import java.util.ArrayList;
import java.util.List;

/** A chart of named pictures side by side, such as first-layer weights or samples of a data set. */
public final class ImageGrid implements Chart {
  private static final double GAP = 8;
  private static final double NAME = 16;

  private final String title;
  private final int columns;
  private final List<String> names = new ArrayList<>();
  private final List<Picture> pictures = new ArrayList<>();
  private double side = 64;

  private ImageGrid(String title, int columns) {
    this.title = title;
    this.columns = columns;
  }

  /**
   * Creates a grid without pictures.
   *
   * @param columns pictures per row, at least 1
   */
  public static ImageGrid of(String title, int columns) {
    if (columns < 1) {
      throw new IllegalArgumentException(columns + " columns");
    }
    return new ImageGrid(title, columns);
  }

  /** Adds a picture; an empty name takes no space. */
  public ImageGrid add(String name, Picture picture) {
    names.add(name);
    pictures.add(picture);
    return this;
  }

  /** Sets the width of a picture in pixels of the page; the default is 64. */
  public ImageGrid side(double pixels) {
    side = pixels;
    return this;
  }

  @Override
  public String title() {
    return title;
  }

  @Override
  public boolean wide() {
    return Math.min(columns, pictures.size()) * (side + GAP) > 640;
  }

  @Override
  public String svg() {
    double nameHeight = names.stream().allMatch(String::isEmpty) ? 0 : NAME;
    double tall = pictures.stream().mapToDouble(this::height).max().orElse(0);
    int rows = (pictures.size() + columns - 1) / columns;
    double width = Math.max(160, Math.min(columns, pictures.size()) * (side + GAP) - GAP);
    double height = Math.max(40, rows * (tall + nameHeight + GAP));
    Markup out = new Markup().open("svg", Frame.rootAttributes(title, width, height)).line();
    for (int i = 0; i < pictures.size(); i++) {
      double x = i % columns * (side + GAP);
      int row = i / columns;
      double y = row * (tall + nameHeight + GAP);
      Picture picture = pictures.get(i);
      out.open(
              "image",
              "x",
              x,
              "y",
              y,
              "width",
              side,
              "height",
              height(picture),
              "href",
              picture.uri(),
              "preserveAspectRatio",
              "none")
          .element("title", describe(i))
          .close()
          .line();
      if (!names.get(i).isEmpty()) {
        String name = Frame.shortened(names.get(i), (int) (side / 6.5));
        out.element("text", name, "class", "tick middle", "x", x + side / 2, "y", y + tall + 13);
      }
    }
    if (pictures.isEmpty()) {
      out.element("text", "There is no picture to draw.", "class", "label", "x", "0", "y", "24");
    }
    return out.close().toString();
  }

  private double height(Picture picture) {
    return side * picture.height() / picture.width();
  }

  private String describe(int i) {
    Picture picture = pictures.get(i);
    String range =
        "black " + Numbers.text(picture.low()) + ", white " + Numbers.text(picture.high());
    return names.get(i).isEmpty() ? range : Names.isolated(names.get(i)) + ": " + range;
  }

  @Override
  public Table table() {
    Table table = Table.of("", "pictures", "pixels", "lowest black", "highest white");
    if (pictures.isEmpty()) {
      return table.row("all", "0", "–", "–", "–");
    }
    Picture first = pictures.getFirst();
    return table.row(
        "all",
        Numbers.text(pictures.size()),
        first.width() + " × " + first.height(),
        Numbers.text(pictures.stream().mapToDouble(Picture::low).min().orElse(0)),
        Numbers.text(pictures.stream().mapToDouble(Picture::high).max().orElse(0)));
  }
}
