package org.lm4j.chart;

import java.text.Bidi;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * A figure for a paper: lines of text with a bar above each word, as tall as the word's value, and
 * a legend. It is one SVG file in millimetres with generic fonts, and needs neither a page nor a
 * style sheet; drawing programs and typesetting systems read it.
 *
 * <p>The width of a word is estimated from its characters, since no font is known here.
 */
public final class TextFigure {
  private static final double POINT = 25.4 / 72; // in millimetres
  private static final double FONT = 9 * POINT;
  private static final double SMALL = 6.5 * POINT;
  private static final double MARGIN = 2;
  private static final double GAP = 0.55 * FONT; // between words
  private static final double BAR = 11; // the height of the largest value
  private static final double WIDEST = 4.5; // bar
  private static final double TEXT = 1.45 * FONT; // the height of a line of words
  private static final double BETWEEN = 2.2; // lines
  private static final String BLUE = "#1f5fbf";
  private static final String INK = "#1b1f24";
  private static final String SOFT = "#57606a";

  private final String unit;
  private final String flag;
  private final double width;
  private final List<Line> lines = new ArrayList<>();

  /**
   * A word.
   *
   * @param value at least 0; NaN for none
   * @param flagged whether it is underlined
   */
  public record Word(String text, double value, boolean flagged) {}

  private record Line(String label, List<Word> words) {}

  private record Placed(Word word, double x, double width) {}

  private TextFigure(String unit, String flag, double width) {
    this.unit = unit;
    this.flag = flag;
    this.width = width;
  }

  /**
   * Creates an empty figure.
   *
   * @param unit of the values, for the legend
   * @param flag what it means that a word is underlined, for the legend
   * @param millimetres its width, at least 30
   */
  public static TextFigure of(String unit, String flag, double millimetres) {
    if (!(millimetres >= 30 && millimetres <= 2000)) {
      throw new IllegalArgumentException("a width of " + millimetres + " mm, not of 30 to 2000");
    }
    return new TextFigure(unit, flag, millimetres);
  }

  /**
   * Adds a line.
   *
   * @param label stands before it where there are several lines
   */
  public TextFigure line(String label, List<Word> words) {
    lines.add(new Line(label, List.copyOf(words)));
    return this;
  }

  /** Returns the figure, to be stored as UTF-8. */
  public String svg() {
    double largest =
        lines.stream()
            .flatMap(line -> line.words().stream())
            .mapToDouble(Word::value)
            .filter(Double::isFinite)
            .max()
            .orElse(0);
    double full = largest > 0 ? largest : 1;
    double labels = lines.size() < 2 ? 0 : labelWidth();
    Markup body = new Markup();
    double y = MARGIN;
    for (Line line : lines) {
      boolean first = true;
      for (List<Placed> row : rows(line, labels)) {
        double base = y + SMALL + 0.6 + BAR * part(row, full);
        if (first && labels > 0) {
          text(body, MARGIN, base + FONT, SMALL, SOFT, "start", line.label());
        }
        baseline(body, row, base);
        for (Placed placed : row) {
          draw(body, placed, base, full);
        }
        first = false;
        y = base + TEXT + BETWEEN;
      }
    }
    y = legend(body, y);
    String size = Markup.coordinate(width) + " " + Markup.coordinate(y + MARGIN);
    Markup all = new Markup();
    all.open(
            "svg",
            "xmlns",
            "http://www.w3.org/2000/svg",
            "width",
            Markup.coordinate(width) + "mm",
            "height",
            Markup.coordinate(y + MARGIN) + "mm",
            "viewBox",
            "0 0 " + size,
            "font-family",
            "Helvetica, Arial, sans-serif",
            "role",
            "img")
        .line();
    all.element("title", unit.substring(0, 1).toUpperCase(Locale.ROOT) + unit.substring(1)).line();
    all.raw(body.toString()).close().line();
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + all;
  }

  private double labelWidth() {
    return lines.stream().mapToDouble(line -> width(line.label(), SMALL)).max().orElse(0) + 2;
  }

  /** Breaks a line into rows that are as wide as the figure; a wider word has a row to itself. */
  private List<List<Placed>> rows(Line line, double labels) {
    List<List<Placed>> rows = new ArrayList<>();
    List<Placed> row = new ArrayList<>();
    double x = MARGIN + labels;
    for (Word word : line.words()) {
      double wide =
          Math.max(width(word.text(), FONT), width(number(word.value()), SMALL)) + 0.2 * FONT;
      wide = Math.min(wide, width - 2 * MARGIN - labels);
      if (!row.isEmpty() && x + wide > width - MARGIN) {
        rows.add(row);
        row = new ArrayList<>();
        x = MARGIN + labels;
      }
      row.add(new Placed(word, x, wide));
      x += wide + GAP;
    }
    rows.add(row);
    return isRightToLeft(line) ? mirrored(rows, labels) : rows;
  }

  private static boolean isRightToLeft(Line line) {
    String all = line.words().stream().map(Word::text).collect(Collectors.joining(" "));
    return !all.isEmpty()
        && !new Bidi(all, Bidi.DIRECTION_DEFAULT_LEFT_TO_RIGHT).baseIsLeftToRight();
  }

  /** Returns the rows with their first word at the right. */
  private List<List<Placed>> mirrored(List<List<Placed>> rows, double labels) {
    double ends = MARGIN + labels + width - MARGIN; // left plus right end of all rows
    return rows.stream()
        .map(
            row ->
                row.stream()
                    .map(
                        each ->
                            new Placed(each.word(), ends - each.x() - each.width(), each.width()))
                    .toList())
        .toList();
  }

  /** Returns the tallest bar of a row, as a part of the tallest that there is. */
  private static double part(List<Placed> row, double full) {
    return row.stream()
        .mapToDouble(placed -> placed.word().value())
        .filter(Double::isFinite)
        .map(value -> Math.clamp(value / full, 0, 1))
        .max()
        .orElse(0);
  }

  private static void baseline(Markup body, List<Placed> row, double base) {
    double from = row.stream().mapToDouble(Placed::x).min().orElse(MARGIN);
    double to = row.stream().mapToDouble(each -> each.x() + each.width()).max().orElse(from);
    body.empty(
        "line",
        "x1",
        from,
        "x2",
        to,
        "y1",
        base,
        "y2",
        base,
        "stroke",
        "#c9ced4",
        "stroke-width",
        0.2);
    body.line();
  }

  private static void draw(Markup body, Placed placed, double base, double full) {
    Word word = placed.word();
    double middle = placed.x() + placed.width() / 2;
    boolean none = Double.isNaN(word.value());
    double height = none ? 0 : Math.max(0.15, BAR * Math.clamp(word.value() / full, 0, 1));
    double wide = Math.min(placed.width(), WIDEST); // equal values have bars of equal size
    if (!none) {
      body.empty(
          "rect",
          "x",
          middle - wide / 2,
          "y",
          base - height,
          "width",
          wide,
          "height",
          height,
          "fill",
          BLUE,
          "fill-opacity",
          "0.75");
    }
    String value = none ? "–" : number(word.value());
    text(body, middle, base - height - 0.6, SMALL, SOFT, "middle", value);
    double size = FONT * Math.min(1, placed.width() / width(word.text(), FONT));
    text(body, middle, base + FONT, size, INK, "middle", word.text());
    if (word.flagged()) {
      body.empty(
          "line",
          "x1",
          placed.x(),
          "x2",
          placed.x() + placed.width(),
          "y1",
          base + 1.3 * FONT,
          "y2",
          base + 1.3 * FONT,
          "stroke",
          INK,
          "stroke-width",
          0.25,
          "stroke-dasharray",
          "0.5 0.5");
    }
    body.line();
  }

  private double legend(Markup body, double top) {
    double base = top + SMALL;
    body.empty(
        "rect",
        "x",
        MARGIN,
        "y",
        base - SMALL * 0.8,
        "width",
        2,
        "height",
        SMALL * 0.8,
        "fill",
        BLUE,
        "fill-opacity",
        "0.75");
    text(body, MARGIN + 3, base, SMALL, SOFT, "start", unit);
    List<Word> all = lines.stream().flatMap(line -> line.words().stream()).toList();
    List<String> notes = new ArrayList<>();
    if (all.stream().anyMatch(Word::flagged)) {
      notes.add("dotted line: " + flag);
    }
    if (all.stream().anyMatch(word -> Double.isNaN(word.value()))) {
      notes.add("–: no value");
    }
    double x = MARGIN + 3 + width(unit, SMALL) + 4;
    for (String note : notes) {
      if (x + width(note, SMALL) > width - MARGIN && x > MARGIN + 3) {
        x = MARGIN + 3;
        base += 1.5 * SMALL;
      }
      text(body, x, base, SMALL, SOFT, "start", note);
      x += width(note, SMALL) + 4;
    }
    return base + 0.3 * SMALL;
  }

  private static void text(
      Markup body, double x, double y, double size, String color, String anchor, String text) {
    body.element(
        "text",
        text,
        "x",
        x,
        "y",
        y,
        "font-size",
        size,
        "fill",
        color,
        "text-anchor",
        anchor,
        "xml:space",
        "preserve");
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "–" : String.format(Locale.ROOT, "%.1f", value);
  }

  /** Estimates the width of a text in Helvetica, on the wide side. */
  private static double width(String text, double size) {
    double ems = 0;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      ems += ems(c);
    }
    return ems * size;
  }

  private static double ems(int c) {
    int type = Character.getType(c);
    if (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK) {
      return 0;
    }
    if (c >= 0x1100 && (Character.isIdeographic(c) || c >= 0x1F000 || isWideScript(c))) {
      return 1.05; // emoji, Chinese, Japanese, Korean
    }
    if ("iljtfrI.,:;'|!()[] ".indexOf(c) >= 0) {
      return 0.34;
    }
    if (c == 'm' || c == 'w' || c == 'M' || c == 'W' || c == '@' || c == '%') {
      return 0.9;
    }
    return Character.isUpperCase(c) ? 0.72 : 0.57;
  }

  private static boolean isWideScript(int c) {
    Character.UnicodeScript script = Character.UnicodeScript.of(c);
    return script == Character.UnicodeScript.HANGUL
        || script == Character.UnicodeScript.HIRAGANA
        || script == Character.UnicodeScript.KATAKANA;
  }
}
