package org.lm4j.text;

/**
 * Adds up what tokens cover. The first token is kept apart, because all others are what evaluation
 * scores. One for each token file.
 */
final class TextMeter {
  private final Level level;
  private final int[] characterCounts;
  private final int[] byteCounts;
  private final int lineEnd;
  private final Utf8Counter utf8 = new Utf8Counter();
  private boolean lineBegun;
  private long tokens;
  private long characters;
  private long bytes;
  private long oov;
  private long firstCharacters;
  private long firstBytes;
  private long firstOov;

  /**
   * With the code points and bytes of each type.
   *
   * @param lineEnd the type {@code <eos>}, or -1
   */
  TextMeter(Level level, int[] characterCounts, int[] byteCounts, int lineEnd) {
    this.level = level;
    this.lineEnd = lineEnd;
    this.characterCounts = characterCounts;
    this.byteCounts = byteCounts;
  }

  void add(int type, boolean isOov) {
    // The newline after a word is that word's separator; only an empty line has one of its own.
    boolean counted = type == lineEnd && lineBegun;
    lineBegun = type != lineEnd;
    bytes += counted ? 0 : byteCounts[type];
    oov += isOov ? 1 : 0;
    if (level == Level.BYTE) {
      utf8.add(type);
    } else if (!counted) {
      characters += characterCounts[type];
    }
    if (tokens++ == 0) {
      firstCharacters = characters;
      firstBytes = bytes;
      firstOov = oov;
    }
  }

  CorpusStats finish(long types) {
    if (level == Level.BYTE) {
      utf8.finish();
      characters = utf8.characters();
      firstCharacters = utf8.firstIsWhole() ? 1 : 0;
    }
    TextCounts text = new TextCounts(tokens, characters, bytes, oov);
    TextCounts targets =
        new TextCounts(
            Math.max(0, tokens - 1),
            characters - firstCharacters,
            bytes - firstBytes,
            oov - firstOov);
    return new CorpusStats(text, targets, types);
  }
}
