package org.lm4j.chart;

import java.util.ArrayList;
import java.util.List;

/**
 * A text whose words are coloured by a value, as a part of a {@link Page}. What is known about a
 * word appears while the pointer is over it or it has the keyboard's focus. Lines keep the
 * direction of their script; nothing in the text can act on the page.
 */
public final class TextHeat {
  private static final int SWATCHES = 5;
  private static final int STRENGTHS = 20; // as in page.css
  private static final double PERCENTILE = 0.95;

  private final String unit;
  private final String flag;
  private final List<Line> lines = new ArrayList<>();

  /**
   * A word of a line.
   *
   * @param text what is drawn in its place if the line has no such text
   * @param start where it begins in the line, as for {@link String#charAt}
   * @param end where it ends, exclusive
   * @param value at least 0; NaN for none
   * @param flagged whether it is underlined
   * @param tip what is known about it
   */
  public record Word(String text, int start, int end, double value, boolean flagged, String tip) {}

  private record Line(String label, String text, List<Word> words) {}

  private TextHeat(String unit, String flag) {
    this.unit = unit;
    this.flag = flag;
  }

  /**
   * Creates an empty text.
   *
   * @param unit of the values, for the legend
   * @param flag what it means that a word is underlined, for the legend
   */
  public static TextHeat of(String unit, String flag) {
    return new TextHeat(unit, flag);
  }

  /**
   * Adds a line.
   *
   * @param label stands before it
   * @param words in the order of the line
   */
  public TextHeat line(String label, String text, List<Word> words) {
    lines.add(new Line(label, text, List.copyOf(words)));
    return this;
  }

  /** Returns the value with the full colour: the 95th percentile of all, at least 1. */
  double full() {
    double[] values =
        lines.stream()
            .flatMap(line -> line.words().stream())
            .mapToDouble(Word::value)
            .filter(Double::isFinite)
            .sorted()
            .toArray();
    return values.length == 0
        ? 1
        : Math.max(1, Math.ceil(values[(int) (PERCENTILE * (values.length - 1))]));
  }

  String html() {
    double full = full();
    Markup markup = new Markup();
    markup.open("div", "class", "text").line();
    legend(markup, full);
    for (Line line : lines) {
      markup.open("div", "class", "line", "dir", "auto");
      markup.element("span", line.label(), "class", "number");
      int at = 0;
      for (Word word : line.words()) {
        if (word.start() > at) {
          markup.text(line.text().substring(at, word.start()));
        }
        boolean own = word.end() > word.start() && word.start() >= at;
        String text = own ? line.text().substring(word.start(), word.end()) : word.text();
        word(markup, word, text, full);
        at = Math.max(at, word.end());
      }
      markup.text(line.text().substring(at)).close().line();
    }
    return markup.close().toString();
  }

  private void legend(Markup markup, double full) {
    markup.open("div", "class", "legend").element("span", unit);
    for (int i = 0; i <= SWATCHES - 1; i++) {
      double part = (double) i / (SWATCHES - 1);
      String label = Numbers.text(part * full) + (i == SWATCHES - 1 ? " and more" : "");
      markup.element("span", label, "class", "word" + strength(part));
    }
    List<Word> all = lines.stream().flatMap(line -> line.words().stream()).toList();
    if (all.stream().anyMatch(word -> Double.isNaN(word.value()))) {
      markup.element("span", "no value", "class", "word none");
    }
    if (all.stream().anyMatch(Word::flagged)) {
      markup.element("span", flag, "class", "word flagged");
    }
    markup.close().line();
  }

  private static void word(Markup markup, Word word, String text, double full) {
    boolean none = Double.isNaN(word.value());
    double part = none ? 0 : Math.clamp(word.value() / full, 0, 1);
    String css = "word" + (none ? " none" : strength(part)) + (word.flagged() ? " flagged" : "");
    markup.open("span", "class", css, "tabindex", "0").text(text);
    markup.element("span", Names.isolated(word.tip()), "class", "tip").close();
  }

  /** Returns the class of the style sheet for a strength from 0 to 1. */
  private static String strength(double part) {
    return " s" + Math.round(STRENGTHS * part);
  }
}
