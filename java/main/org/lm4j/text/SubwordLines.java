package org.lm4j.text;

/**
 * Cuts a text into the lines that a tokenizer of subwords reads one after the other, each with its
 * line end, so that memory does not grow with the text and a line has the same tokens in every
 * text. A line end is LF. A line of more than {@value #LONGEST} characters is cut: before a space
 * between other characters, or at twice that length.
 */
final class SubwordLines {
  static final int LONGEST = 1 << 16;

  /** Receives the lines. */
  @FunctionalInterface
  interface Sink {
    /**
     * Receives one line.
     *
     * @param line with its line end, if it has one; not empty
     * @param offset where it begins: the sum of the lengths of the lines before it
     */
    void line(String line, long offset);
  }

  private final Sink sink;
  private final StringBuilder line = new StringBuilder();
  private long offset;

  SubwordLines(Sink sink) {
    this.sink = sink;
  }

  /** Cuts a whole text. */
  static void each(String text, Sink sink) {
    SubwordLines lines = new SubwordLines(sink);
    text.codePoints().forEach(lines::accept);
    lines.finish();
  }

  void accept(int codePoint) {
    int length = line.length();
    if (length >= LONGEST) {
      boolean afterSpace = length > 1 && line.charAt(length - 1) == ' ';
      boolean word = afterSpace && codePoint > ' ' && line.charAt(length - 2) > ' ';
      if (word) {
        line.setLength(length - 1);
        emit();
        line.append(' ');
      } else if (length >= 2 * LONGEST) {
        emit();
      }
    }
    line.appendCodePoint(codePoint);
    if (codePoint == '\n') {
      emit();
    }
  }

  /** Passes on a last line without a line end. */
  void finish() {
    if (!line.isEmpty()) {
      emit();
    }
  }

  private void emit() {
    String whole = line.toString();
    line.setLength(0);
    sink.line(whole, offset);
    offset += whole.length();
  }
}
