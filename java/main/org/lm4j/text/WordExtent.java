package org.lm4j.text;

/**
 * Tracks how much of a text its words and line ends cover, and reports the rest: white space beyond
 * the one character after a word, indentation, and line ends that the text does not have. One
 * instance per text.
 */
final class WordExtent {
  private final TypeSink sink;
  private long bytes;
  private long characters;
  private long countedBytes;
  private long countedCharacters;
  private boolean lineBegun;
  private boolean textEnded;

  WordExtent(TypeSink sink) {
    this.sink = sink;
  }

  /** Records that a code point was read, after the words and line ends before it were found. */
  void read(int codePoint) {
    bytes += TypeTable.utf8Length(codePoint);
    characters++;
  }

  /** Records that all code points were read; anything found from here on ends with the text. */
  void endText() {
    textEnded = true;
  }

  /**
   * Records a word that ends at the current position; it is counted with one character after it.
   */
  void word(String text) {
    if (text.equals(Vocabulary.END_OF_SENTENCE)) {
      covered(bytes, characters, lineBegun ? 0 : 1, lineBegun ? 0 : 1);
      lineBegun = false;
      return;
    }
    long length = text.codePoints().map(TypeTable::utf8Length).sum();
    covered(bytes + 1, characters + 1, length + 1, text.codePointCount(0, text.length()) + 1);
    lineBegun = true;
  }

  /** Records a line end, which is the next code point; it is counted unless it ends a word. */
  void lineEnd() {
    int own = textEnded ? 0 : 1;
    covered(bytes + own, characters + own, lineBegun ? 0 : 1, lineBegun ? 0 : 1);
    lineBegun = false;
  }

  /** Records that all words and line ends were found. */
  void finish() {
    covered(bytes, characters, 0, 0);
  }

  private void covered(long toByte, long toCharacter, long byDefault, long charactersByDefault) {
    long moreBytes = toByte - countedBytes - byDefault;
    long moreCharacters = toCharacter - countedCharacters - charactersByDefault;
    if (moreBytes != 0 || moreCharacters != 0) {
      sink.gap(moreBytes, moreCharacters);
    }
    countedBytes = toByte;
    countedCharacters = toCharacter;
  }
}
