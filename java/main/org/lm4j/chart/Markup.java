package org.lm4j.chart;

import java.util.ArrayDeque;
import java.util.Deque;

/** Writes elements that are well-formed XML, and HTML too; texts and attributes are escaped. */
final class Markup {
  private final StringBuilder out = new StringBuilder();
  private final Deque<String> open = new ArrayDeque<>();

  /**
   * Opens an element.
   *
   * @param attributes names and values in turn; numbers are rounded to hundredths
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

  /** An element of SVG, or a void one of HTML, with nothing in it. */
  Markup empty(String name, Object... attributes) {
    tag(name, attributes).append("/>");
    return this;
  }

  /** An element that holds {@code text}. */
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

  /** Adds what is markup already. */
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
   * Text that can stand in an element or an attribute. What XML has no way to write (control
   * characters, halves of surrogate pairs) becomes U+FFFD.
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

  /** A coordinate to a hundredth of a pixel, as short as can be. */
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
