package org.lm4j.text.subword;

/**
 * Splits text as GPT-2 does before byte-level BPE: contractions, and runs of letters, of numbers
 * and of other characters, each with one space before it, and white space. The same as the pattern
 *
 * <pre>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</pre>
 */
final class GptSplitter {
  private static final int LETTER = 0;
  private static final int NUMBER = 1;
  private static final int SPACE = 2;
  private static final int OTHER = 3;
  private static final byte[] ASCII = new byte[128];

  static {
    for (int c = 0; c < ASCII.length; c++) {
      ASCII[c] = (byte) computedKind(c);
    }
  }

  private GptSplitter() {}

  /** Returns where the part that begins at {@code start} ends. */
  static int end(CharSequence text, int start, int limit) {
    int first = text.charAt(start);
    if (first == '\'') {
      int contraction = contraction(text, start + 1, limit);
      if (contraction > 0) {
        return start + 1 + contraction;
      }
    }
    int codePoint = codePoint(text, start, limit);
    int kind = kind(codePoint);
    if (kind != SPACE) {
      return run(text, start + Character.charCount(codePoint), limit, kind);
    }
    if (first == ' ' && start + 1 < limit) {
      int next = codePoint(text, start + 1, limit);
      int nextKind = kind(next);
      if (nextKind != SPACE) {
        return run(text, start + 1 + Character.charCount(next), limit, nextKind);
      }
    }
    int end = run(text, start + 1, limit, SPACE);
    return end < limit && end - start > 1 ? end - 1 : end; // its last belongs to what follows
  }

  private static int run(CharSequence text, int from, int limit, int kind) {
    int at = from;
    while (at < limit) {
      int codePoint = codePoint(text, at, limit);
      if (kind(codePoint) != kind) {
        break;
      }
      at += Character.charCount(codePoint);
    }
    return at;
  }

  private static int codePoint(CharSequence text, int at, int limit) {
    char high = text.charAt(at);
    if (Character.isHighSurrogate(high) && at + 1 < limit) {
      char low = text.charAt(at + 1);
      if (Character.isLowSurrogate(low)) {
        return Character.toCodePoint(high, low);
      }
    }
    return high;
  }

  /** Returns the length of a contraction after its apostrophe, 0 if there is none. */
  private static int contraction(CharSequence text, int at, int limit) {
    if (at >= limit) {
      return 0;
    }
    char first = text.charAt(at);
    if (first == 's' || first == 't' || first == 'm' || first == 'd') {
      return 1;
    }
    char second = at + 1 < limit ? text.charAt(at + 1) : 0;
    boolean two = (first == 'r' || first == 'v') && second == 'e';
    return two || (first == 'l' && second == 'l') ? 2 : 0;
  }

  private static int kind(int codePoint) {
    return codePoint < 128 ? ASCII[codePoint] : computedKind(codePoint);
  }

  private static int computedKind(int codePoint) {
    if (Character.isLetter(codePoint)) {
      return LETTER;
    }
    return switch (Character.getType(codePoint)) {
      case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER ->
          NUMBER;
      default -> Whitespace.is(codePoint) ? SPACE : OTHER;
    };
  }
}
