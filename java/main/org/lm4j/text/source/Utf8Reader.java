package org.lm4j.text.source;

import java.io.IOException;
import java.io.InputStream;

/**
 * Reads UTF-8 strictly (Unicode Standard, table 3-7: no overlong forms, no surrogates), one code
 * point at a time, and tracks the byte offset. A byte order mark at the start is dropped. A NUL is
 * refused anywhere, since no text has one.
 */
public final class Utf8Reader {
  private final InputStream in;
  private final String name;
  private final byte[] buffer;
  private int at;
  private int end;
  private long bufferOffset;
  private long offset;

  /** Creates a reader of a text. */
  public Utf8Reader(TextStream in) {
    this(in, in.name(), 1 << 16);
  }

  public Utf8Reader(InputStream in, String name, int bufferSize) {
    this.in = in;
    this.name = name;
    this.buffer = new byte[bufferSize];
  }

  /** Returns the next code point, -1 at the end. */
  public int next() throws IOException {
    offset = bufferOffset + at;
    int first = octet();
    if (first < 0x80) {
      if (first == 0) {
        throw refused(
            SkipReason.BINARY,
            "%s is binary, not UTF-8 text (it has a NUL byte at byte offset %d); %s."
                .formatted(name, offset, "to take its bytes use level byte"));
      }
      return first;
    }
    int codePoint = sequence(first);
    return codePoint == 0xFEFF && offset == 0 ? next() : codePoint;
  }

  /**
   * Returns the byte offset of the last code point that {@link #next} returned; at the end, the
   * total number of bytes.
   */
  public long offset() {
    return offset;
  }

  private int sequence(int first) throws IOException {
    if (first < 0xC2 || first > 0xF4) {
      throw malformed(first);
    }
    int more = first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
    int codePoint = first & (0x3F >> more);
    int lowest = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    int highest = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    for (int i = 0; i < more; i++) {
      int octet = octet();
      if (octet < lowest || octet > highest) {
        throw malformed(first);
      }
      codePoint = codePoint << 6 | (octet & 0x3F);
      lowest = 0x80;
      highest = 0xBF;
    }
    return codePoint;
  }

  private int octet() throws IOException {
    if (at == end) {
      bufferOffset += end;
      at = 0;
      end = Math.max(0, in.read(buffer));
      if (end == 0) {
        return -1;
      }
    }
    return buffer[at++] & 0xFF;
  }

  private UnreadableText malformed(int first) throws IOException {
    return refused(
        SkipReason.NOT_UTF8,
        String.format(
            "%s is not UTF-8: the byte 0x%02X at byte offset %d begins no character; convert the"
                + " file, with iconv -f WINDOWS-1252 -t UTF-8 if it is Western European, or take"
                + " its bytes as they are with level byte.",
            name, first, offset));
  }

  private UnreadableText refused(SkipReason reason, String message) throws IOException {
    if (in instanceof TextStream text) {
      text.requireWhole();
    }
    return new UnreadableText(reason, message);
  }
}
