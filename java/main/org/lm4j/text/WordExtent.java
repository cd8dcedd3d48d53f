package org.lm4j.text;

/**
 * Follows how much of a text its words and line ends cover as they are counted, and reports the
 * rest: white space beyond the one character after a word, indentation, and line ends that a text
 * does not have. One for each text.
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

  /** A code point was read, and the words and line ends before it were found. */
  void read(int codePoint) {
    bytes += TypeTable.utf8Length(codePoint);
    characters++;
  }

  /** All code points were read; what is found from here on ends with the text. */
  void endText() {
    textEnded = true;
  }

  /** A word was found that ends with what was read; it is counted with one character after it. */
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

  /** A line end was found, which is the next code point; it is counted if it ends no word. */
  void lineEnd() {
    int own = textEnded ? 0 : 1;
    covered(bytes + own, characters + own, lineBegun ? 0 : 1, lineBegun ? 0 : 1);
    lineBegun = false;
  }

  /** All words and line ends were found. */
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
