package org.lm4j.chart;

import java.util.ArrayList;
import java.util.List;

/** A chart of named pictures side by side, such as first-layer weights or samples of a data set. */
public final class ImageGrid implements Chart {
  private static final double GAP = 8;

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
  public String html() {
    Markup out = new Markup();
    out.open("div", Frame.plotAttributes(title, "data-columns", columns)).line();
    if (pictures.isEmpty()) {
      out.element("p", "There is no picture to draw.", "class", "note");
      return out.close().toString();
    }
    String most = "max-width:" + Markup.coordinate(columns * (side + GAP) - GAP) + "px";
    out.open("div", "class", "album", "style", most).line();
    for (int i = 0; i < pictures.size(); i++) {
      Picture picture = pictures.get(i);
      out.open("div", "style", "width:" + Markup.coordinate(side) + "px");
      out.empty(
          "img",
          "src",
          picture.uri(),
          "width",
          side,
          "height",
          side * picture.height() / picture.width(),
          "alt",
          names.get(i).isEmpty() ? "number " + (i + 1) : names.get(i),
          "title",
          describe(i));
      if (!names.get(i).isEmpty()) {
        out.text(names.get(i));
      }
      out.close().line();
    }
    return out.close().close().toString();
  }

  private String describe(int i) {
    Picture picture = pictures.get(i);
    String range =
        "black " + Numbers.text(picture.low()) + ", white " + Numbers.text(picture.high());
    return names.get(i).isEmpty() ? range : Names.isolated(names.get(i)) + ": " + range;
  }

  @Override
  public List<String> notes() {
    return pictures.isEmpty()
        ? List.of()
        : List.of("In each picture the lowest value is black and the highest white.");
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
