package org.lm4j.task.inspect;

import java.util.Locale;
import org.lm4j.text.EncodedText;

/**
 * A property of the place in a text, one number for each token, taken after the token is read. What
 * a unit may follow.
 */
public enum TextFeature {
  /** Number of tokens since the line began, 0 at its end. */
  LINE_POSITION("position in the line"),
  /** Number of characters since the last white space. */
  WORD_POSITION("position in the word"),
  /**
   * 1 between quotation marks: between two {@code "}, between {@code “} and {@code ”}, or between
   * the Penn Treebank's {@code ``} and {@code ''}. A blank line closes them all.
   */
  QUOTES("inside quotation marks"),
  /** Number of brackets ( [ { that are open; a blank line does not close them. */
  BRACKETS("depth of brackets"),
  /** Number of blanks and tabs at the beginning of the line, as far as it is read. */
  INDENTATION("indentation"),
  /** 1 if the token ends a line. */
  NEWLINE("end of a line"),
  /** 1 if the token is white space, but no end of a line. */
  SPACE("white space"),
  /** 1 if the first letter of the token is a capital letter. */
  CAPITAL("capital letter"),
  /** 1 if the token has a digit. */
  DIGIT("digit"),
  /** 1 if the token has neither a letter nor a digit nor white space. */
  PUNCTUATION("punctuation"),
  /** Number of tokens since the text began. */
  TEXT_POSITION("position in the text");

  private final String label;

  TextFeature(String label) {
    this.label = label;
  }

  /** Returns its name for people. */
  public String label() {
    return label;
  }

  /** Returns its name in files: lower case, with underscores. */
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Returns the value of each feature for each of the first tokens of a text.
   *
   * @param steps number of tokens
   * @return {@code (features, T)}, in the order of {@link #values}
   */
  public static double[][] of(EncodedText text, int steps) {
    Scan scan = new Scan(text, steps);
    for (int step = 0; step < steps; step++) {
      scan.step(step);
    }
    return scan.found;
  }

  /** Reads a text token by token, and the characters between tokens. */
  private static final class Scan {
    private final EncodedText tokens;
    private final String text;
    private final double[][] found;
    private int at; // the first character that is not read
    private int linePosition;
    private int wordPosition;
    private int straight; // 1 after an odd number of ""
    private int curly;
    private int penn;
    private int brackets;
    private int indentation;
    private boolean inIndentation = true;
    private boolean blank = true; // the line so far

    Scan(EncodedText tokens, int steps) {
      this.tokens = tokens;
      this.text = tokens.text();
      this.found = new double[values().length][steps];
    }

    void step(int step) {
      int end = Math.max(at, tokens.end(step));
      int start = Math.clamp(tokens.start(step), 0, end);
      String token = text.substring(start, end);
      boolean ends = isLineEnd(tokens, step, token);
      linePosition++;
      while (at < end) {
        int c = text.codePointAt(at);
        read(c, at);
        at += Character.charCount(c);
      }
      if (ends) {
        endLine();
      }
      set(LINE_POSITION, step, linePosition);
      set(WORD_POSITION, step, wordPosition);
      set(QUOTES, step, straight + curly + penn > 0 ? 1 : 0);
      set(BRACKETS, step, brackets);
      set(INDENTATION, step, indentation);
      set(NEWLINE, step, ends ? 1 : 0);
      set(TEXT_POSITION, step, step);
      set(SPACE, step, !ends && !token.isEmpty() && token.isBlank() ? 1 : 0);
      set(DIGIT, step, token.codePoints().anyMatch(Character::isDigit) ? 1 : 0);
      boolean sign =
          !token.isBlank()
              && token
                  .codePoints()
                  .noneMatch(c -> Character.isLetterOrDigit(c) || Character.isWhitespace(c));
      set(PUNCTUATION, step, sign ? 1 : 0);
      boolean capital =
          token.codePoints().filter(Character::isLetter).limit(1).anyMatch(Character::isUpperCase);
      set(CAPITAL, step, capital ? 1 : 0);
    }

    @SuppressWarnings("EnumOrdinal") // the order of the rows, which are never stored
    private void set(TextFeature feature, int step, double value) {
      found[feature.ordinal()][step] = value;
    }

    private static boolean isLineEnd(EncodedText tokens, int step, String token) {
      return token.isEmpty()
          ? tokens.get(step) == tokens.vocabulary().endOfSentence()
          : token.isBlank() && token.indexOf('\n') >= 0;
    }

    private void read(int c, int place) {
      boolean space = Character.isWhitespace(c);
      wordPosition = space ? 0 : wordPosition + 1;
      inIndentation &= c == ' ' || c == '\t';
      indentation += inIndentation ? 1 : 0;
      blank &= space;
      switch (c) {
        case '"' -> straight = 1 - straight;
        case '\u201C' -> curly++;
        case '\u201D' -> curly = Math.max(0, curly - 1);
        case '`' -> penn += follows('`', place) ? 1 : 0;
        case '\'' -> penn -= penn > 0 && follows('\'', place) ? 1 : 0;
        case '(', '[', '{' -> brackets++;
        case ')', ']', '}' -> brackets = Math.max(0, brackets - 1);
        default -> {}
      }
    }

    private boolean follows(char same, int place) {
      return place > 0 && text.charAt(place - 1) == same;
    }

    private void endLine() {
      if (blank) {
        straight = 0;
        curly = 0;
        penn = 0;
      }
      linePosition = 0;
      wordPosition = 0;
      indentation = 0;
      inIndentation = true;
      blank = true;
    }
  }
}
