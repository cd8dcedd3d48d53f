package org.lm4j.chart;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A map of words as named points of a plane, which a reader can search: for a word that is typed,
 * the map shows where it is and lists its neighbours. A word keeps its name on the map where that
 * touches none of the words before it; the others are dots, which name themselves when pointed at.
 */
public final class WordMap implements Chart {
  private static final double HEIGHT = 640;
  private static final double TALL = 13; // of a name
  private static final int LONGEST = 24; // characters of a name
  private static final double SIDES = 60; // pixels beside the plot area

  /** Widths of a drawing below which the style sheet hides what has the class, after a phone's. */
  private static final int[] WIDTHS = {340, 480, 620, 800, 1100};

  private final String title;
  private final String xLabel;
  private final String yLabel;
  private final List<Word> words = new ArrayList<>();
  private final Map<String, List<Neighbour>> neighbours = new LinkedHashMap<>();

  private record Word(String name, double x, double y, String about, boolean marked) {}

  /**
   * A word near another one.
   *
   * @param similarity shown beside it, such as the cosine
   */
  public record Neighbour(String word, double similarity) {}

  /** The box of a name, in pixels. */
  private record Box(double left, double right, double top) {
    boolean touches(Box other) {
      return left < other.right
          && other.left < right
          && top < other.top + TALL
          && other.top < top + TALL;
    }
  }

  private WordMap(String title, String xLabel, String yLabel) {
    this.title = title;
    this.xLabel = xLabel;
    this.yLabel = yLabel;
  }

  /** Creates a map without words. */
  public static WordMap of(String title, String xLabel, String yLabel) {
    return new WordMap(title, xLabel, yLabel);
  }

  /**
   * Adds a word; the first ones are the first to get names. A word that is not at a finite place is
   * left out.
   *
   * @param about what is shown when it is pointed at
   * @param marked whether it stands out
   */
  public WordMap add(String name, double x, double y, String about, boolean marked) {
    if (Double.isFinite(x) && Double.isFinite(y)) {
      words.add(new Word(name, x, y, about, marked));
    }
    return this;
  }

  /** Sets the neighbours of a word that can be searched for, the nearest first. */
  public WordMap neighbours(String name, List<Neighbour> nearest) {
    neighbours.put(name, List.copyOf(nearest));
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
  public String script() {
    return neighbours.isEmpty() ? "" : "words.js";
  }

  @Override
  public String html() {
    Markup out = new Markup();
    out.open("div", "class", "search").line();
    if (!neighbours.isEmpty()) {
      search(out);
    }
    return out.raw(drawing()).close().toString();
  }

  private void search(Markup out) {
    out.open("div", "class", "controls").open("label").text("Word ");
    out.empty(
        "input",
        "type",
        "search",
        "autocomplete",
        "off",
        "spellcheck",
        "false",
        "autocapitalize",
        "none");
    out.close().element("span", "", "class", "found", "aria-live", "polite").close().line();
    StringBuilder table = new StringBuilder();
    neighbours.forEach(
        (name, nearest) -> {
          table.append(oneField(name));
          for (Neighbour each : nearest) {
            table.append('\t').append(oneField(each.word())).append('\t');
            table.append(String.format(Locale.ROOT, "%.3f", each.similarity()));
          }
          table.append('\n');
        });
    out.element("pre", table.toString(), "class", "near", "hidden", "hidden").line();
  }

  private static String oneField(String word) {
    return word.replaceAll("[\t\n\r]", " ");
  }

  private String drawing() {
    Frame frame = new Frame(title, HEIGHT);
    if (words.isEmpty()) {
      return frame.nothing("There is no word to draw.");
    }
    Axis xAxis = axis(words.stream().mapToDouble(Word::x).toArray());
    Axis yAxis = axis(words.stream().mapToDouble(Word::y).toArray());
    double right = Frame.rightOf(xAxis);
    frame.open(yLabel, new Frame.Margins(Frame.leftOf(yAxis), right, right));
    frame.yTicks(yAxis);
    frame.xTicks(xAxis, xLabel);
    String[] classes = classes(frame, xAxis, yAxis);
    for (int i = 0; i < words.size(); i++) {
      draw(frame, words.get(i), xAxis, yAxis, classes[i]);
    }
    return frame.end();
  }

  private static Axis axis(double[] values) {
    double low = Arrays.stream(values).min().orElse(0);
    double high = Arrays.stream(values).max().orElse(1);
    return Axis.linear(low, high > low ? high : low + 1, 8, true);
  }

  private void draw(Frame frame, Word word, Axis xAxis, Axis yAxis, String css) {
    double place = xAxis.at(word.x());
    String x = Frame.percent(place);
    double y = frame.y(yAxis, word.y());
    Markup out = frame.out();
    String kind = word.marked() ? "spot c1" : "spot c0";
    out.open("g", "class", kind, "data-word", oneField(word.name()));
    out.element("title", word.about());
    out.empty("circle", "class", "point", "cx", x, "cy", y, "r", word.marked() ? "4" : "2.5");
    out.element(
        "text",
        Names.shortened(word.name(), LONGEST),
        "class",
        "named" + (place > 0.5 ? " end" : "") + css,
        "x",
        x,
        "dx",
        place > 0.5 ? "-5" : "5",
        "y",
        y + 4);
    out.close().line();
  }

  /**
   * Returns the class of each name: it is hidden where the drawing is narrower than the width from
   * which on it touches no other, and always if there is none.
   */
  private String[] classes(Frame frame, Axis xAxis, Axis yAxis) {
    String[] classes = new String[words.size()];
    for (int w = 0; w < WIDTHS.length; w++) {
      double wide = WIDTHS[w] - SIDES;
      List<Box> taken = new ArrayList<>();
      for (int i = 0; i < classes.length; i++) {
        if (classes[i] != null) {
          taken.add(box(words.get(i), frame, wide, xAxis, yAxis));
        }
      }
      for (int i = 0; i < classes.length; i++) {
        Box box = box(words.get(i), frame, wide, xAxis, yAxis);
        if (classes[i] == null
            && (words.get(i).marked() || taken.stream().noneMatch(box::touches))) {
          classes[i] = w == 0 ? "" : " w" + WIDTHS[w];
          taken.add(box);
        }
      }
    }
    for (int i = 0; i < classes.length; i++) {
      classes[i] = classes[i] == null ? " nameless" : classes[i];
    }
    return classes;
  }

  private static Box box(Word word, Frame frame, double wide, Axis xAxis, Axis yAxis) {
    double place = xAxis.at(word.x());
    double x = place * wide;
    double width = Frame.textWidth(Names.shortened(word.name(), LONGEST)) + 8;
    double top = frame.y(yAxis, word.y()) - TALL / 2;
    return place > 0.5 ? new Box(x - width, x, top) : new Box(x, x + width, top);
  }

  @Override
  public Table table() {
    Table table = Table.of("word", xLabel, yLabel);
    List<List<String>> rows = new ArrayList<>();
    for (Word word : words.subList(0, Math.min(50, words.size()))) {
      rows.add(
          List.of(word.name(), Numbers.significant(word.x(), 3), Numbers.significant(word.y(), 3)));
    }
    return new Table(table.header(), rows);
  }

  @Override
  public List<String> notes() {
    return words.size() > 50 ? List.of("The table below has the first 50 words.") : List.of();
  }
}
