package org.lm4j.text;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Turns token ids into text incrementally. At char level a token is its UTF-8 bytes, at byte level
 * the byte, at word level words are joined by single spaces and {@code <eos>} is a newline; a
 * subword is the bytes that its tokenizer's decoder gives. Stateful (it remembers whether a line
 * has begun): use one instance per text. Not thread-safe.
 */
public final class Detokenizer {
  private static final byte[] NEWLINE = {'\n'};

  private final Vocabulary vocabulary;
  private final int endOfSentence;
  private boolean lineBegun;

  /** Creates a detokenizer at the start of a text. */
  public Detokenizer(Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
    this.endOfSentence = vocabulary.endOfSentence();
  }

  /**
   * Returns the bytes that the next token adds to the text; a byte or a subword may be only part of
   * a character. To continue a prompt, pass the prompt's ids first.
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
      case SUBWORD -> subword(id);
    };
  }

  private byte[] subword(int id) {
    byte[] bytes = vocabulary.tokenizer().bytes(id);
    boolean drop =
        !lineBegun
            && vocabulary.tokenizer().dropsFirstSpace()
            && bytes.length > 0
            && bytes[0] == ' ';
    if (bytes.length > 0) {
      lineBegun = bytes[bytes.length - 1] != '\n';
    }
    return Arrays.copyOfRange(bytes, drop ? 1 : 0, bytes.length);
  }

  /** Returns the bytes of a whole text. */
  public static byte[] bytes(Vocabulary vocabulary, int[] ids) {
    Detokenizer detokenizer = new Detokenizer(vocabulary);
    ByteArrayOutputStream out = new ByteArrayOutputStream(ids.length);
    for (int id : ids) {
      out.writeBytes(detokenizer.next(id));
    }
    return out.toByteArray();
  }

  /** Returns a whole text; at byte level, invalid UTF-8 becomes U+FFFD. */
  public static String text(Vocabulary vocabulary, int[] ids) {
    return new String(bytes(vocabulary, ids), StandardCharsets.UTF_8);
  }
}
