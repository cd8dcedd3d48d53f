package org.lm4j.text;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.lm4j.text.source.Escapes;

/**
 * The tokens of one line, each with its place in the line. Nothing is skipped: text that the
 * vocabulary lacks is a token too, with the id of {@code <unk>}, or -1 where the vocabulary has
 * none. Immutable.
 *
 * <p>Words are separated by white space as in a corpus. The line's end is not a token.
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
   * @param line without its line end; half a surrogate pair is unknown text, at byte level '?'
   */
  public static EncodedLine of(Vocabulary vocabulary, String line) {
    EncodedLine encoded = new EncodedLine(vocabulary, line);
    if (vocabulary.level() == Level.WORD) {
      encoded.addWords();
    } else {
      encoded.addCharacters();
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

  private void add(int id, int start, int end) {
    if (count == ids.length) {
      ids = Arrays.copyOf(ids, 2 * count);
      starts = Arrays.copyOf(starts, 2 * count);
      ends = Arrays.copyOf(ends, 2 * count);
      known = Arrays.copyOf(known, 2 * count);
    }
    ids[count] = id < 0 ? vocabulary.unknown() : id;
    starts[count] = start;
    ends[count] = end;
    known[count++] = id >= 0;
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
   * Returns the token at an index as it stands in the line, whether or not it is known; at byte
   * level a byte outside printable ASCII as {@code \xNN}.
   */
  public String text(int index) {
    return vocabulary.level() == Level.BYTE
        ? Escapes.octet(ids[index])
        : line.substring(starts[index], ends[index]);
  }
}
