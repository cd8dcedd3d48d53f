package org.lm4j.text;

import org.lm4j.text.source.Utf8Counter;
import org.lm4j.text.token.CorpusStats;
import org.lm4j.text.token.TextCounts;

/**
 * Adds up the characters and bytes that tokens cover. The first token is kept apart, because
 * evaluation scores all others. One instance per token file.
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
  private long bytesApart; // characters at byte level that are not the text's own
  private long firstCharacters;
  private long firstBytes;
  private long firstOov;

  /**
   * Creates a meter from the number of code points and bytes of each type.
   *
   * @param lineEnd the type {@code <eos>}, or -1
   * @param lineBegun whether the token before the first, of another file, is a word
   */
  TextMeter(Level level, int[] characterCounts, int[] byteCounts, int lineEnd, boolean lineBegun) {
    this.lineBegun = lineBegun;
    this.level = level;
    this.lineEnd = lineEnd;
    this.characterCounts = characterCounts;
    this.byteCounts = byteCounts;
  }

  /** Receives a gap; see {@link TypeSink#gap}. */
  void gap(long moreBytes, long moreCharacters) {
    bytes += moreBytes;
    if (level == Level.BYTE) {
      bytesApart += moreCharacters;
    } else {
      characters += moreCharacters;
    }
  }

  /** Counts text that has no token as out of the vocabulary. */
  void skip(int type) {
    add(type, true);
    tokens--;
    if (tokens == 0) {
      firstCharacters = 0;
      firstBytes = 0;
      firstOov = 0;
    }
  }

  void add(int type, boolean isOov) {
    // The newline after a word is that word's separator; only an empty line has its own.
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

  /** Returns whether the last token was a word. */
  boolean lineBegun() {
    return lineBegun;
  }

  CorpusStats finish(long types) {
    if (level == Level.BYTE) {
      utf8.finish();
      characters = utf8.characters() + bytesApart;
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
