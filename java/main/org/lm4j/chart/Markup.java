package org.lm4j.chart;

import java.util.ArrayDeque;
import java.util.Deque;

/** Writes elements that are well-formed as both XML and HTML; text and attributes are escaped. */
final class Markup {
  private final StringBuilder out = new StringBuilder();
  private final Deque<String> open = new ArrayDeque<>();

  /**
   * Opens an element.
   *
   * @param attributes alternating names and values; numbers are rounded to hundredths
   */
  Markup open(String name, Object... attributes) {
    tag(name, attributes).append('>');
    open.push(name);
    return this;
  }

  /** Closes the element opened last. */
  Markup close() {
    out.append("</").append(open.pop()).append('>');
    return this;
  }

  /** Adds an empty SVG element, or a void HTML element. */
  Markup empty(String name, Object... attributes) {
    tag(name, attributes).append("/>");
    return this;
  }

  /** Adds an element that contains {@code text}. */
  Markup element(String name, String text, Object... attributes) {
    return open(name, attributes).text(text).close();
  }

  Markup text(String text) {
    out.append(escape(text));
    return this;
  }

  Markup line() {
    out.append('\n');
    return this;
  }

  /** Adds existing markup without escaping. */
  Markup raw(String markup) {
    out.append(markup);
    return this;
  }

  @Override
  public String toString() {
    if (!open.isEmpty()) {
      throw new IllegalStateException("<" + open.peek() + "> is still open");
    }
    return out.toString();
  }

  private StringBuilder tag(String name, Object... attributes) {
    out.append('<').append(name);
    for (int i = 0; i < attributes.length; i += 2) {
      out.append(' ').append(attributes[i]).append("=\"");
      Object value = attributes[i + 1];
      out.append(
          value instanceof Double number ? coordinate(number) : escape(String.valueOf(value)));
      out.append('"');
    }
    return out;
  }

  /**
   * Escapes text for an element or an attribute. Characters that XML cannot represent (control
   * characters, unpaired surrogates) become U+FFFD.
   */
  static String escape(String text) {
    StringBuilder escaped = new StringBuilder(text.length() + 16);
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                default -> escaped.appendCodePoint(isXml(c) ? c : 0xFFFD);
              }
            });
    return escaped.toString();
  }

  private static boolean isXml(int c) {
    return c == '\t'
        || c == '\n'
        || (c >= ' ' && c < 0x7F)
        || (c >= 0xA0 && c < 0xD800)
        || (c >= 0xE000 && c < 0xFFFE)
        || c > 0xFFFF;
  }

  /** Returns a coordinate rounded to a hundredth of a pixel, as short as possible. */
  static String coordinate(double value) {
    long hundredths = Math.round(value * 100);
    long fraction = Math.abs(hundredths % 100);
    String sign = hundredths < 0 ? "-" : "";
    String whole = sign + Math.abs(hundredths / 100);
    if (fraction == 0) {
      return whole.equals("-0") ? "0" : whole;
    }
    return whole
        + (fraction % 10 == 0 ? "." + fraction / 10 : "." + (fraction < 10 ? "0" : "") + fraction);
  }
}
