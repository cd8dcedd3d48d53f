package org.lm4j.text;

/**
 * Adds up what tokens cover. The first token is kept apart, because all others are what evaluation
 * scores. One for each token file.
 */
final class TextMeter {
  private final Level level;
  private final int[] characterCounts;
  private final int[] byteCounts;
  private final Utf8Counter utf8 = new Utf8Counter();
  private long tokens;
  private long characters;
  private long bytes;
  private long oov;
  private long firstCharacters;
  private long firstBytes;
  private long firstOov;

  /** With the code points and bytes of each type. */
  TextMeter(Level level, int[] characterCounts, int[] byteCounts) {
    this.level = level;
    this.characterCounts = characterCounts;
    this.byteCounts = byteCounts;
  }

  void add(int type, boolean isOov) {
    bytes += byteCounts[type];
    oov += isOov ? 1 : 0;
    if (level == Level.BYTE) {
      utf8.add(type);
    } else {
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
