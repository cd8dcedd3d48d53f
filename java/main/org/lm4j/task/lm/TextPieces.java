package org.lm4j.task.lm;

import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * Passes bytes on as text as soon as a character is complete. Bytes that are not UTF-8, which a
 * model at byte level may generate, become U+FFFD.
 */
public final class TextPieces extends OutputStream {
  private final Consumer<String> pieces;
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);
  private ByteBuffer incomplete = ByteBuffer.allocate(0);

  /** Creates a decoder that passes text on to {@code pieces}. */
  public TextPieces(Consumer<String> pieces) {
    this.pieces = pieces;
  }

  @Override
  public void write(int octet) {
    write(new byte[] {(byte) octet}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int count) {
    ByteBuffer all = ByteBuffer.allocate(incomplete.remaining() + count);
    all.put(incomplete).put(bytes, from, count).flip();
    decode(all, false);
    incomplete = all;
  }

  /** Passes on what is left of an incomplete character. */
  public void finish() {
    decode(incomplete, true);
  }

  private void decode(ByteBuffer bytes, boolean end) {
    CharBuffer text = CharBuffer.allocate(bytes.remaining() + 4);
    decoder.decode(bytes, text, end);
    if (end) {
      decoder.flush(text);
    }
    text.flip();
    if (text.hasRemaining()) {
      pieces.accept(text.toString());
    }
  }
}
