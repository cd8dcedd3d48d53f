package org.lm4j.text.source;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;

/** A buffered stream of the bytes of one text, already unpacked. */
public final class TextStream extends BufferedInputStream {
  private static final int BUFFER = 1 << 16;

  private final String name;
  private final boolean packed;

  /** Wraps a stream; {@code packed} says whether it was compressed. */
  public TextStream(InputStream in, String name, boolean packed) {
    super(in, BUFFER);
    this.name = name;
    this.packed = packed;
  }

  /** Returns the name of the text in messages. */
  public String name() {
    return name;
  }

  /**
   * Reads a compressed text to its end, to be called before refusing the text for its content:
   * damage is the more likely cause, and shows only at the end.
   *
   * @throws UnreadableText if it is damaged
   */
  public void requireWhole() throws IOException {
    if (packed) {
      transferTo(OutputStream.nullOutputStream());
    }
  }

  /**
   * Returns the first bytes, which will be read again; nothing may have been read before. Does not
   * wait for typed or piped input to be complete: then these are its first lines.
   */
  byte[] peek() throws IOException {
    mark(FileFormat.LOOKED_AT);
    byte[] start = new byte[FileFormat.LOOKED_AT];
    int length = 0;
    while (length < start.length) {
      int b = read();
      if (b < 0) {
        break;
      }
      start[length++] = (byte) b;
      if (b == '\n' && !packed && available() == 0) {
        break;
      }
    }
    reset();
    return Arrays.copyOf(start, length);
  }
}
