package org.lm4j.text;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Turns ids into output as they come. At char level a token is its UTF-8 bytes, at byte level the
 * byte, at word level words are joined by single spaces and {@code <eos>} is a newline. Has a state
 * (whether a line has begun): one for each text; not for several threads.
 */
public final class Detokenizer {
  private static final byte[] NEWLINE = {'\n'};

  private final Vocabulary vocabulary;
  private final int endOfSentence;
  private boolean lineBegun;

  /** At the start of a text in that vocabulary. */
  public Detokenizer(Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
    this.endOfSentence = vocabulary.endOfSentence();
  }

  /**
   * The bytes the next token adds to the text: at byte level perhaps a part of a character only. To
   * go on after a prompt, give the prompt's ids first.
   */
  public byte[] next(int id) {
    String token = vocabulary.token(id);
    return switch (vocabulary.level()) {
      case BYTE -> new byte[] {(byte) token.charAt(0)};
      case CHAR -> token.getBytes(StandardCharsets.UTF_8);
      case WORD -> {
        boolean join = lineBegun;
        lineBegun = id != endOfSentence;
        if (!lineBegun) {
          yield NEWLINE.clone();
        }
        yield (join ? " " + token : token).getBytes(StandardCharsets.UTF_8);
      }
    };
  }

  /** The bytes of a whole text. */
  public static byte[] bytes(Vocabulary vocabulary, int[] ids) {
    Detokenizer detokenizer = new Detokenizer(vocabulary);
    ByteArrayOutputStream out = new ByteArrayOutputStream(ids.length);
    for (int id : ids) {
      out.writeBytes(detokenizer.next(id));
    }
    return out.toByteArray();
  }

  /** A whole text; what is not UTF-8 at byte level becomes U+FFFD. */
  public static String text(Vocabulary vocabulary, int[] ids) {
    return new String(bytes(vocabulary, ids), StandardCharsets.UTF_8);
  }
}
