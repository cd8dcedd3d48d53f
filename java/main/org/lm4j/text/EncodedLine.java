package org.lm4j.text;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The tokens of one line, each with its place in the line. Nothing is skipped: text that the
 * vocabulary lacks is a token too, with the id of {@code <unk>}, or -1 where the vocabulary has
 * none. Immutable.
 *
 * <p>Parts of one character all have the place of that character. Words are separated by white
 * space as in a corpus. The line's end is not a token.
 */
public final class EncodedLine {
  private final Vocabulary vocabulary;
  private final String line;
  private int count;
  private int[] ids = new int[32];
  private int[] starts = new int[32];
  private int[] ends = new int[32];
  private boolean[] known = new boolean[32];

  private EncodedLine(Vocabulary vocabulary, String line) {
    this.vocabulary = vocabulary;
    this.line = line;
  }

  /**
   * Encodes a line.
   *
   * @param line without its line end; half a surrogate pair is unknown text, at byte and subword
   *     level '?'
   */
  public static EncodedLine of(Vocabulary vocabulary, String line) {
    EncodedLine encoded = new EncodedLine(vocabulary, line);
    switch (vocabulary.level()) {
      case WORD -> encoded.addWords();
      case CHAR, BYTE -> encoded.addCharacters();
      case SUBWORD -> vocabulary.tokenizer().encode(wellFormed(line), encoded::add);
    }
    return encoded;
  }

  private void addWords() {
    int start = -1; // of the word that has begun, if there is one
    int next;
    for (int at = 0; at < line.length(); at = next) {
      int codePoint = line.codePointAt(at);
      next = at + Character.charCount(codePoint);
      if (!WordSplitter.isWhitespace(codePoint)) {
        start = start < 0 ? at : start;
      } else if (start >= 0) {
        add(vocabulary.id(line.substring(start, at)), start, at);
        start = -1;
      }
    }
    if (start >= 0) {
      add(vocabulary.id(line.substring(start)), start, line.length());
    }
  }

  private void addCharacters() {
    int next;
    for (int at = 0; at < line.length(); at = next) {
      int codePoint = line.codePointAt(at);
      next = at + Character.charCount(codePoint);
      if (vocabulary.level() == Level.CHAR) {
        add(vocabulary.id(Character.toString(codePoint)), at, next);
      } else if (codePoint < 0x80) {
        add(codePoint, at, next);
      } else {
        for (byte octet : line.substring(at, next).getBytes(StandardCharsets.UTF_8)) {
          add(octet & 0xFF, at, next);
        }
      }
    }
  }

  /** Returns the line with '?' for each half of a surrogate pair. */
  private static String wellFormed(String line) {
    if (line.codePoints()
        .noneMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
      return line;
    }
    StringBuilder repaired = new StringBuilder(line.length());
    line.codePoints()
        .map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? '?' : c)
        .forEach(repaired::appendCodePoint);
    return repaired.toString();
  }

  private void add(int id, int start, int end) {
    add(id < 0 ? vocabulary.unknown() : id, start, end, id >= 0);
  }

  private void add(int id, int start, int end, boolean isKnown) {
    if (count == ids.length) {
      ids = Arrays.copyOf(ids, 2 * count);
      starts = Arrays.copyOf(starts, 2 * count);
      ends = Arrays.copyOf(ends, 2 * count);
      known = Arrays.copyOf(known, 2 * count);
    }
    ids[count] = id;
    starts[count] = start;
    ends[count] = end;
    known[count++] = isKnown;
  }

  /** Returns the line. */
  public String line() {
    return line;
  }

  /** Returns the number of tokens. */
  public int size() {
    return count;
  }

  /** Returns the id of the token at an index; -1 if it has none. */
  public int id(int index) {
    return ids[index];
  }

  /** Returns where the token at an index begins in the line, as for {@link String#charAt}. */
  public int start(int index) {
    return starts[index];
  }

  /** Returns where the token at an index ends in the line, exclusive. */
  public int end(int index) {
    return ends[index];
  }

  /** Returns whether the vocabulary has the token at an index. */
  public boolean known(int index) {
    return known[index];
  }

  /**
   * Returns the token at an index as it stands in the line, whether or not it is known; bytes that
   * are not whole characters as {@code \xNN}.
   */
  public String text(int index) {
    boolean part =
        vocabulary.level() == Level.BYTE || (known[index] && !vocabulary.isWhole(ids[index]));
    return part ? vocabulary.escaped(ids[index]) : line.substring(starts[index], ends[index]);
  }
}
