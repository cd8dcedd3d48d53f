package org.lm4j.text;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.InputException;

/** Splits a line into characters or words, and joins it again. */
public final class LineTokens {
  private LineTokens() {}

  /**
   * Checks that lines can be split at this level.
   *
   * @throws InputException for levels at which a line could not be restored
   */
  public static void require(Level level) {
    if (level != Level.CHAR && level != Level.WORD) {
      throw InputException.naming(
          "Lines are split into characters or words, not %ss; use {level} char or word."
              .formatted(level.label()));
    }
  }

  /** Returns the characters (code points) of a line, or its words separated by white space. */
  public static List<String> split(Level level, String line) {
    require(level);
    List<String> tokens = new ArrayList<>();
    int begin = -1; // of a word
    for (int i = 0; i < line.length(); ) {
      int codePoint = line.codePointAt(i);
      int next = i + Character.charCount(codePoint);
      if (level == Level.CHAR) {
        tokens.add(line.substring(i, next));
      } else if (!WordSplitter.isWhitespace(codePoint)) {
        begin = begin < 0 ? i : begin;
      } else if (begin >= 0) {
        tokens.add(line.substring(begin, i));
        begin = -1;
      }
      i = next;
    }
    if (begin >= 0) {
      tokens.add(line.substring(begin));
    }
    return List.copyOf(tokens);
  }

  /** Joins characters directly, or words with single spaces between them. */
  public static String join(Level level, List<String> tokens) {
    return String.join(level == Level.WORD ? " " : "", tokens);
  }
}
