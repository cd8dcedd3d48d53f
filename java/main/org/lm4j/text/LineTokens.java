package org.lm4j.text;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.InputException;

/** A line as a list of characters or of words, and back. */
public final class LineTokens {
  private LineTokens() {}

  /**
   * Checks that lines can be cut like this.
   *
   * @throws InputException for bytes, of which a line would not come out whole
   */
  public static void require(Level level) {
    if (level == Level.BYTE) {
      throw new InputException(
          "Lines are cut into characters or words, not bytes; take --level char or word.");
    }
  }

  /** The characters (code points) of a line, or the words between its white space. */
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

  /** The line of characters, or of words with single spaces between them. */
  public static String join(Level level, List<String> tokens) {
    return String.join(level == Level.WORD ? " " : "", tokens);
  }
}
