package org.lm4j.chart;

import java.util.ArrayList;
import java.util.List;

/**
 * A list of short texts, each with one part of it highlighted, as a part of a {@link Page}: errors
 * in their context, for instance. Texts keep the direction of their script.
 */
public final class MarkedTexts {
  private static final int LONGEST = 400; // characters of a part

  private final String title;
  private final List<Example> all = new ArrayList<>();

  private record Example(String label, String before, String marked, String after, String note) {}

  private MarkedTexts(String title) {
    this.title = title;
  }

  /** Creates an empty list. */
  public static MarkedTexts of(String title) {
    return new MarkedTexts(title);
  }

  /**
   * Adds a text. Long parts are shortened: what comes before the highlighted part keeps its end,
   * the others keep their beginnings.
   *
   * @param label what it is an example of
   * @param before what comes before the highlighted part, with the space between them
   * @param marked the highlighted part; empty for none
   * @param after what comes after it
   * @param note what is to be known about it, such as the right answer; may be empty
   */
  public MarkedTexts add(String label, String before, String marked, String after, String note) {
    all.add(new Example(label, before, marked, after, note));
    return this;
  }

  /** Returns whether there are none. */
  public boolean isEmpty() {
    return all.isEmpty();
  }

  String html() {
    Markup out = new Markup().element("h3", title).open("ul", "class", "examples").line();
    for (Example each : all) {
      out.open("li").open("p", "class", "about").element("b", each.label());
      if (!each.note().isEmpty()) {
        out.text(" ").element("span", each.note());
      }
      out.close().open("p", "class", "quote", "dir", "auto").text(ending(each.before()));
      if (!each.marked().isEmpty()) {
        out.element("mark", Names.shortened(each.marked(), LONGEST));
      }
      out.text(Names.shortened(each.after(), LONGEST)).close().close().line();
    }
    return out.close().toString();
  }

  private static String ending(String text) {
    int points = text.codePointCount(0, text.length());
    return points <= LONGEST
        ? text
        : "…" + text.substring(text.offsetByCodePoints(0, points - LONGEST + 1));
  }
}
