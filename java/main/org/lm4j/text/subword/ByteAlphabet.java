package org.lm4j.text.subword;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The printable characters that GPT-2 writes for the 256 bytes: printable Latin-1 bytes stand for
 * themselves, the others for U+0100 and following in their order.
 */
final class ByteAlphabet {
  private static final char[] CHARACTERS = new char[256];
  private static final short[] BYTES = new short[0x144]; // by character; -1 for none

  static {
    java.util.Arrays.fill(BYTES, (short) -1);
    int next = 0x100;
    for (int octet = 0; octet < 256; octet++) {
      boolean itself =
          (octet >= '!' && octet <= '~') || (octet >= 0xA1 && octet != 0xAD && octet <= 0xFF);
      CHARACTERS[octet] = (char) (itself ? octet : next++);
      BYTES[CHARACTERS[octet]] = (short) octet;
    }
  }

  private ByteAlphabet() {}

  static char character(int octet) {
    return CHARACTERS[octet];
  }

  /** Returns the byte of a character, -1 if it stands for none. */
  static int octet(int character) {
    return character < BYTES.length ? BYTES[character] : -1;
  }

  /** Returns the UTF-8 bytes of a text as characters of the alphabet. */
  static String encode(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    char[] characters = new char[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      characters[i] = CHARACTERS[bytes[i] & 0xFF];
    }
    return new String(characters);
  }

  /** Returns the bytes that a token stands for; null if it has other characters. */
  static byte @Nullable [] decode(String token) {
    byte[] bytes = new byte[token.length()];
    for (int i = 0; i < bytes.length; i++) {
      int octet = octet(token.charAt(i));
      if (octet < 0) {
        return null;
      }
      bytes[i] = (byte) octet;
    }
    return bytes;
  }
}
