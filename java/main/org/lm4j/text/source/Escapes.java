package org.lm4j.text.source;

import java.util.Locale;

/** Printable one-line forms of tokens and characters, for tables and messages. */
public final class Escapes {
  private Escapes() {}

  /**
   * Escapes backslash, tab, newline and carriage return as in C; controls, format characters, line
   * separators, unpaired surrogates, private and unassigned code points as {@code \}{@code u{HEX}}.
   */
  public static String text(String text) {
    StringBuilder out = new StringBuilder(text.length());
    text.codePoints().forEach(c -> append(out, c));
    return out.toString();
  }

  /**
   * Returns a printable ASCII byte as itself, newline and tab as in C, and every other byte as
   * {@code \xNN}.
   */
  public static String octet(int octet) {
    if (octet == '\n' || octet == '\t' || octet == '\r' || (octet >= 0x20 && octet < 0x7F)) {
      return text(Character.toString(octet));
    }
    return String.format(Locale.ROOT, "\\x%02X", octet);
  }

  /** Returns a character as messages show it: {@code 'x' U+0078}. */
  public static String named(int codePoint) {
    return "'" + text(Character.toString(codePoint)) + "' " + hex(codePoint);
  }

  private static String hex(int codePoint) {
    return String.format(Locale.ROOT, "U+%04X", codePoint);
  }

  private static void append(StringBuilder out, int codePoint) {
    switch (codePoint) {
      case '\n' -> out.append("\\n");
      case '\t' -> out.append("\\t");
      case '\r' -> out.append("\\r");
      case '\\' -> out.append("\\\\");
      default -> {
        if (printable(codePoint)) {
          out.appendCodePoint(codePoint);
        } else {
          out.append("\\u{").append(Integer.toHexString(codePoint)).append('}');
        }
      }
    }
  }

  private static boolean printable(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }
}
