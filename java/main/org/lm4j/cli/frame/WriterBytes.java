package org.lm4j.cli.frame;

import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Passes bytes of UTF-8, however they are divided, to a writer of characters. */
public final class WriterBytes extends OutputStream {
  private static final int LONGEST_CHARACTER = 4;

  private final PrintWriter out;
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);
  private final ByteBuffer pending = ByteBuffer.allocate(LONGEST_CHARACTER);
  private final CharBuffer decoded = CharBuffer.allocate(LONGEST_CHARACTER);

  public WriterBytes(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void write(int b) {
    pending.put((byte) b).flip();
    decoder.decode(pending, decoded, false);
    pending.compact();
    decoded.flip();
    out.append(decoded);
    decoded.clear();
  }

  @Override
  public void flush() {
    out.flush();
  }
}
