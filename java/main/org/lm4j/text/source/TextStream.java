package org.lm4j.text.source;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;

/** The bytes of one text, unpacked where it was packed; buffered. */
public final class TextStream extends BufferedInputStream {
  private static final int BUFFER = 1 << 16;

  private final String name;
  private final boolean packed;

  /** Of bytes that come packed, or as they are. */
  public TextStream(InputStream in, String name, boolean packed) {
    super(in, BUFFER);
    this.name = name;
    this.packed = packed;
  }

  /** What messages call the text. */
  public String name() {
    return name;
  }

  /**
   * To be called before the text is refused for what is in it: where it was packed, damage is the
   * likelier cause, and shows at its end.
   *
   * @throws UnreadableText if it is damaged
   */
  public void requireWhole() throws IOException {
    if (packed) {
      transferTo(OutputStream.nullOutputStream());
    }
  }

  /**
   * The first bytes, which will be read again; nothing may have been read before. What is typed or
   * comes through a pipe is not waited for: then these are its first lines.
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
