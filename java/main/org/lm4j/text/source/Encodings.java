package org.lm4j.text.source;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Recognises text encodings other than UTF-8 by the first bytes. */
final class Encodings {
  private static final List<Charset> WIDE =
      List.of(
          StandardCharsets.UTF_32LE,
          StandardCharsets.UTF_32BE,
          StandardCharsets.UTF_16LE,
          StandardCharsets.UTF_16BE);

  private static final int FEWEST = 3; // characters: fewer say nothing
  private static final int MANY = 16; // characters, of which a small part of ASCII says something
  private static final double LEAST_ASCII = 0.05; // even Chinese has it, by its line ends

  private Encodings() {}

  /** Recognises UTF-16 or UTF-32 by its byte order mark; null if there is none. */
  static @Nullable FileFormat marked(byte[] start) {
    if (startsWith(start, 0xFF, 0xFE, 0, 0) || startsWith(start, 0, 0, 0xFE, 0xFF)) {
      return format("UTF-32", "UTF-32");
    }
    if (startsWith(start, 0xFF, 0xFE) || startsWith(start, 0xFE, 0xFF)) {
      return format("UTF-16", "UTF-16");
    }
    return null;
  }

  /** Recognises UTF-16 or UTF-32 by whether decoding gives plausible text; null if it does not. */
  static @Nullable FileFormat unmarked(byte[] start) {
    Charset best = null;
    // Text with a stray NUL could be read as Chinese: it has to be in half of all bytes.
    double most = isTextBetweenNuls(start) ? 0.9 : LEAST_ASCII;
    for (Charset charset : WIDE) {
      double ascii = asciiShare(start, charset);
      if (ascii > most) {
        best = charset;
        most = ascii;
      }
    }
    if (best == null) {
      return null;
    }
    return format(best.name().substring(0, 6) + " without a byte order mark", best.name());
  }

  /**
   * Recognises ISO-2022, whose bytes are all ASCII, by the escape that begins its wide characters.
   */
  static @Nullable FileFormat escaped(byte[] start) {
    String text = new String(start, StandardCharsets.ISO_8859_1);
    if (text.contains("\033$B") || text.contains("\033$@")) {
      return format("ISO-2022-JP", "ISO-2022-JP");
    }
    return text.contains("\033$)C") ? format("ISO-2022-KR", "ISO-2022-KR") : null;
  }

  /** Returns whether it is UTF-8 without a NUL; a character cut off at the end is accepted. */
  static boolean isText(byte[] start) {
    for (byte octet : start) {
      if (octet == 0) {
        return false;
      }
    }
    CharBuffer target = CharBuffer.allocate(start.length);
    boolean whole = start.length < FileFormat.LOOKED_AT;
    CoderResult result =
        StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(start), target, whole);
    return !result.isError();
  }

  /** Returns the fraction of characters that are printable ASCII or space; -1 if it is not text. */
  private static double asciiShare(byte[] start, Charset charset) {
    int unit = charset.name().startsWith("UTF-32") ? 4 : 2;
    boolean whole = start.length < FileFormat.LOOKED_AT;
    int cut = start.length % unit;
    if (start.length < FEWEST * unit || (whole && cut != 0 && start.length < 100 * unit)) {
      return -1; // a long text may be cut within a character
    }
    ByteBuffer in = ByteBuffer.wrap(start, 0, start.length / unit * unit);
    CharBuffer out = CharBuffer.allocate(start.length + 1);
    CoderResult result =
        charset
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT)
            .decode(in, out, false);
    if (result.isError() || out.flip().isEmpty()) {
      return -1;
    }
    int[] codePoints = out.codePoints().toArray();
    long ascii = 0;
    for (int c : codePoints) {
      boolean space = c == '\n' || c == '\r' || c == '\t' || c == '\f';
      if (!space && (!Character.isDefined(c) || Character.isISOControl(c))) {
        return -1;
      }
      ascii += c < 0x7F ? 1 : 0;
    }
    return ascii < FEWEST && codePoints.length < MANY ? -1 : (double) ascii / codePoints.length;
  }

  /** Returns whether it is UTF-8 without control characters once its NULs are removed. */
  private static boolean isTextBetweenNuls(byte[] start) {
    byte[] rest = new byte[start.length];
    int count = 0;
    for (byte octet : start) {
      boolean control = octet >= 0 && octet < ' ' && (octet < '\t' || octet > '\r');
      if (octet != 0 && control) {
        return false;
      }
      if (octet != 0) {
        rest[count++] = octet;
      }
    }
    boolean whole = start.length < FileFormat.LOOKED_AT;
    return !StandardCharsets.UTF_8
        .newDecoder()
        .decode(ByteBuffer.wrap(rest, 0, count), CharBuffer.allocate(start.length), whole)
        .isError();
  }

  private static FileFormat format(String name, String iconv) {
    return FileFormat.foreign(
        "text in " + name, "convert it, with iconv -f " + iconv + " -t UTF-8");
  }

  private static boolean startsWith(byte[] start, int... octets) {
    if (start.length < octets.length) {
      return false;
    }
    for (int i = 0; i < octets.length; i++) {
      if ((start[i] & 0xFF) != octets[i]) {
        return false;
      }
    }
    return true;
  }
}
