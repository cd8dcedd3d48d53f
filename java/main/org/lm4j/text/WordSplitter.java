package org.lm4j.text;

import org.lm4j.text.source.SkipReason;
import org.lm4j.text.source.UnreadableText;

/**
 * Splits a stream of code points into words and line ends. Lines end at LF, CR LF, or CR alone, as
 * in Python's text mode.
 */
final class WordSplitter {
  /**
   * The longest word; longer runs without white space are not words. The limit keeps memory
   * constant.
   */
  static final int LONGEST = 1 << 20;

  /** Receives the words and line ends; an offset is where each begins, in the caller's unit. */
  interface Sink {
    void word(String text, long offset);

    void lineEnd(long offset);
  }

  /** A sink that ignores everything. */
  static final Sink NOWHERE =
      new Sink() {
        @Override
        public void word(String text, long offset) {}

        @Override
        public void lineEnd(long offset) {}
      };

  private final Sink sink;
  private final String place;
  private final StringBuilder word = new StringBuilder();
  private long wordOffset;
  private boolean lineOpen;
  private boolean afterReturn;

  /** Creates a splitter for a sink; messages about an endless word name the place. */
  WordSplitter(Sink sink, String place) {
    this.sink = sink;
    this.place = place;
  }

  void accept(int codePoint, long offset) {
    if (!isWhitespace(codePoint)) {
      if (word.isEmpty()) {
        wordOffset = offset;
      } else if (word.length() >= LONGEST) {
        throw new UnreadableText(
            SkipReason.ENDLESS_WORD,
            String.format(
                "%s has a word of more than %,d characters at byte offset %d; if it is text, use"
                    + " level char.",
                place, LONGEST, wordOffset));
      }
      word.appendCodePoint(codePoint);
      lineOpen = true;
      afterReturn = false;
      return;
    }
    endWord();
    boolean whole = codePoint == '\n' && afterReturn; // CR LF is one line end
    afterReturn = codePoint == '\r';
    if (whole) {
      return;
    }
    lineOpen = codePoint != '\n' && codePoint != '\r';
    if (!lineOpen) {
      sink.lineEnd(offset);
    }
  }

  /** Passes on the current word, if there is one. */
  void endWord() {
    if (!word.isEmpty()) {
      sink.word(word.toString(), wordOffset);
      word.setLength(0);
    }
  }

  /** Ends the text; a last line without a line end gets one. */
  void endText(long offset) {
    endWord();
    if (lineOpen) {
      sink.lineEnd(offset);
      lineOpen = false;
    }
  }

  /** Returns whether a code point is one of the 29 at which Python's {@code str.split()} splits. */
  static boolean isWhitespace(int c) {
    if (c < 0x80) {
      return c == ' ' || (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x1F);
    }
    return switch (c) {
      case 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000 -> true;
      default -> c >= 0x2000 && c <= 0x200A;
    };
  }
}
