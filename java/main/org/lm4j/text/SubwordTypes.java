package org.lm4j.text;

import org.lm4j.text.subword.SubwordTokenizer;

/**
 * Cuts the lines of a text into subwords and passes on their types. Where the tokens do not hold
 * the whole text, for example because small letters stand for capitals, it reports how much more
 * text there is than the tokens have. One instance per text.
 */
final class SubwordTypes implements SubwordLines.Sink {
  /** Receives the pieces. */
  interface Sink {
    /**
     * Receives a piece.
     *
     * @param type its number; at least V for text that the tokenizer lacks
     * @param start where it begins, in characters of the text as in {@link String#charAt}
     * @param end where it ends, exclusive
     * @param offset the number of bytes of the text up to its end; 0 where tokens hold the whole
     *     text
     */
    void piece(int type, long start, long end, long offset);

    /** Reports text beyond that counted with the types; see {@link TypeSink#gap}. */
    void gap(long bytes, long characters);
  }

  private final TypeTable types;
  private final SubwordTokenizer tokenizer;
  private final Sink sink;
  private final boolean exact;
  private long bytes;
  private long characters;
  private long countedBytes;
  private long countedCharacters;
  private int at; // in the line

  SubwordTypes(TypeTable types, SubwordTokenizer tokenizer, Sink sink) {
    this.types = types;
    this.tokenizer = tokenizer;
    this.sink = sink;
    this.exact = tokenizer.keepsText();
  }

  @Override
  public void line(String line, long offset) {
    at = 0;
    tokenizer.encode(
        line,
        (id, start, end, known) -> {
          int type = known ? id : types.word(line.substring(start, end));
          if (!exact) {
            read(line, end);
            countedBytes += types.byteCount(type);
            countedCharacters += types.characterCount(type);
            reportGap();
          }
          sink.piece(type, offset + start, offset + end, bytes);
        });
    if (!exact) {
      read(line, line.length());
    }
  }

  /** Reports what the text has after its last piece. */
  void finish() {
    if (!exact) {
      reportGap();
    }
  }

  private void read(String line, int end) {
    while (at < end) {
      int codePoint = line.codePointAt(at);
      at += Character.charCount(codePoint);
      bytes += TypeTable.utf8Length(codePoint);
      characters++;
    }
  }

  private void reportGap() {
    if (bytes != countedBytes || characters != countedCharacters) {
      sink.gap(bytes - countedBytes, characters - countedCharacters);
      countedBytes = bytes;
      countedCharacters = characters;
    }
  }
}
