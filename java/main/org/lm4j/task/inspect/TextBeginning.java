package org.lm4j.task.inspect;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.lm4j.text.Level;
import org.lm4j.text.Sources;
import org.lm4j.text.source.TextStream;
import org.lm4j.text.source.Utf8Reader;

/** Reads the beginning of texts into memory, as far as some tokens need it. */
public final class TextBeginning {
  private static final int CHARACTERS_OF_A_WORD = 64;

  private TextBeginning() {}

  /**
   * Returns the beginning of the texts: at least as many tokens, if there are so many and words
   * have at most 64 characters on average. At byte level, bytes that are not UTF-8 become U+FFFD.
   *
   * @param tokens how many tokens are wanted
   * @throws org.lm4j.InputException if a text cannot be read or is not text
   */
  public static String read(Sources sources, Level level, int tokens) {
    long most =
        (long) tokens * (level == Level.CHAR || level == Level.BYTE ? 1 : CHARACTERS_OF_A_WORD);
    StringBuilder text = new StringBuilder();
    long[] count = {0};
    sources.read(
        level,
        document -> {
          if (level == Level.BYTE) {
            readBytes(document.in(), most, text, count);
            return;
          }
          Utf8Reader reader = new Utf8Reader(document.in());
          for (int c = reader.next(); c >= 0 && count[0] < most; c = reader.next()) {
            text.appendCodePoint(c);
            count[0]++;
          }
        },
        _ -> {});
    return text.toString();
  }

  private static void readBytes(TextStream in, long most, StringBuilder text, long[] count)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int b = in.read(); b >= 0 && count[0] < most; b = in.read()) {
      bytes.write(b);
      count[0]++;
    }
    text.append(bytes.toString(StandardCharsets.UTF_8));
  }
}
