package org.lm4j.chart;

import java.text.Bidi;

/** Isolates names of different text directions from each other on a page. */
public final class Names {
  private static final char ISOLATE = '\u2068'; // first strong
  private static final char POP = '\u2069';
  private static final char REPLACEMENT = '\uFFFD';

  private Names() {}

  /**
   * Shortens a text longer than {@code most} characters, at least 1, to {@code most - 1} of them
   * and an ellipsis.
   */
  public static String shortened(String text, int most) {
    return text.codePointCount(0, text.length()) <= most
        ? text
        : text.substring(0, text.offsetByCodePoints(0, most - 1)) + "…";
  }

  /**
   * Isolates a name so that it does not change the direction of the text around it: a name in a
   * right-to-left script, or with directional marks, is enclosed in U+2068 and U+2069. Marks that
   * would reach beyond it become U+FFFD. Other names are returned unchanged.
   */
  public static String isolated(String name) {
    if (!Bidi.requiresBidi(name.toCharArray(), 0, name.length())) {
      return name;
    }
    StringBuilder isolated = new StringBuilder(name.length() + 2).append(ISOLATE);
    int open = 1;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c >= '\u2066' && c <= ISOLATE) {
        open++;
      } else if (c == POP && open > 1) {
        open--;
      } else if (c == POP || (c >= '\u202A' && c <= '\u202E') || c == '\n' || c == '\u2029') {
        c = REPLACEMENT; // ends of paragraphs end an isolation too
      }
      isolated.append(c);
    }
    return isolated.repeat(POP, open).toString();
  }
}
