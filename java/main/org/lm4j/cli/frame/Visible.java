package org.lm4j.cli.frame;

import org.jspecify.annotations.Nullable;

/**
 * Escapes the text of files for display: characters that would control a terminal, or reverse the
 * text beside them, are written out. Control characters become {@code \n}, {@code \t}, {@code \r}
 * or {@code \x1b}; the others {@code \}{@code u009b}, which JSON reads back as the character.
 */
public final class Visible {
  private Visible() {}

  /** Returns text of one or several lines, keeping line ends and tabs. */
  public static String text(String text) {
    return written(text, true);
  }

  /** Returns a name for a line or a table cell, with line ends and tabs also written out. */
  public static String name(String name) {
    return written(name, false);
  }

  /** Returns whether a character is written out wherever it stands; line ends and tabs are not. */
  public static boolean isHidden(char c) {
    return c < ' '
        ? c != '\n' && c != '\t'
        : (c >= 0x7F && c <= 0x9F) // delete, and the control characters of eight bits
            || (c >= '\u2028' && c <= '\u202E') // ends of lines and paragraphs; directions
            || (c >= '\u2066' && c <= '\u2069'); // isolated directions
  }

  private static String written(String text, boolean lines) {
    StringBuilder written = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isHidden(c) || (!lines && (c == '\n' || c == '\t'))) {
        written = begun(written, text, i).append(escape(c));
      } else if (written != null) {
        written.append(c);
      }
    }
    return written == null ? text : written.toString();
  }

  private static StringBuilder begun(@Nullable StringBuilder written, String text, int length) {
    return written != null
        ? written
        : new StringBuilder(text.length() + 16).append(text, 0, length);
  }

  private static String escape(char c) {
    return switch (c) {
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default -> (c < ' ' ? "\\x%02x" : "\\u%04x").formatted((int) c);
    };
  }
}
