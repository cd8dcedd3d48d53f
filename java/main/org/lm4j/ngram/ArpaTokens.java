package org.lm4j.ngram;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.source.Escapes;

/**
 * How tokens are written in ARPA files, where white space separates them. Words stand as they are.
 * A character that is white space or no text is {@code <U+0020>}, with its code point; a byte is
 * {@code <0x41>}. The line end of a model of sentences is {@code </s>}.
 */
final class ArpaTokens {
  static final String BEGIN = "<s>";
  static final String END = "</s>";

  private ArpaTokens() {}

  /**
   * Returns all tokens as they are written.
   *
   * @param sentenceEnd the token that is written as {@code </s>}; -1 for none
   * @throws InputException if one is written as the beginning or the end of a sentence, but is not
   */
  static List<String> written(Vocabulary vocabulary, int sentenceEnd) {
    List<String> all = new ArrayList<>(vocabulary.size());
    for (int id = 0; id < vocabulary.size(); id++) {
      String text = id == sentenceEnd ? END : written(vocabulary.level(), vocabulary.token(id));
      boolean reserved = text.equals(BEGIN) || text.equals(END);
      if (reserved && id != sentenceEnd) {
        throw new InputException(
            "the vocabulary has the token %s, which in an ARPA file is the %s of a sentence"
                .formatted(text, text.equals(BEGIN) ? "beginning" : "end"));
      }
      if (text.chars().anyMatch(c -> c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
        throw new InputException(
            "the vocabulary has the token '%s' with white space, which an ARPA file cannot hold"
                .formatted(Escapes.text(text)));
      }
      all.add(text);
    }
    return all;
  }

  private static String written(Level level, String token) {
    if (level == Level.BYTE) {
      return String.format(Locale.ROOT, "<0x%02X>", (int) token.charAt(0));
    }
    if (level != Level.CHAR || token.equals(Vocabulary.UNKNOWN)) {
      return token;
    }
    int codePoint = token.codePointAt(0);
    boolean plain =
        !Character.isWhitespace(codePoint)
            && !Character.isSpaceChar(codePoint)
            && !Character.isISOControl(codePoint)
            && Character.getType(codePoint) != Character.FORMAT;
    return plain ? token : String.format(Locale.ROOT, "<U+%04X>", codePoint);
  }

  /** Returns a token as a vocabulary has it; null if the level has no such token. */
  static @Nullable String read(Level level, String written) {
    if (written.equals("<UNK>") && level != Level.BYTE) {
      return Vocabulary.UNKNOWN;
    }
    return switch (level) {
      case BYTE -> {
        int octet = hex(written, "<0x", 0xFF);
        yield octet < 0 ? null : String.valueOf((char) octet);
      }
      case CHAR -> {
        int codePoint = hex(written, "<U+", Character.MAX_CODE_POINT);
        boolean one = written.codePointCount(0, written.length()) == 1;
        yield one || written.equals(Vocabulary.UNKNOWN)
            ? written
            : codePoint < 0 ? null : Character.toString(codePoint);
      }
      default -> written;
    };
  }

  private static int hex(String written, String prefix, int most) {
    if (!written.startsWith(prefix) || !written.endsWith(">") || written.length() > 10) {
      return -1;
    }
    try {
      int value = Integer.parseInt(written, prefix.length(), written.length() - 1, 16);
      return value <= most ? value : -1;
    } catch (NumberFormatException _) {
      return -1;
    }
  }
}
