package org.lm4j.io.numpy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.io.SafetensorsHeader;

/**
 * The header of an array in NumPy's format (NumPy Enhancement Proposal 1, versions 1.0, 2.0 and
 * 3.0): {@code \x93NUMPY}, two bytes of version, the length of what follows as little-endian u16
 * (version 1) or u32, and a Python dictionary with exactly {@code descr}, {@code fortran_order} and
 * {@code shape}.
 *
 * @param kind the letter of the element type: {@code f i u b U S}
 * @param itemBytes bytes of one element
 * @param order how the bytes of one element follow each other
 * @param fortran whether the first index runs fastest in the file
 * @param shape extents, outermost first; none for a scalar
 */
record NpyHeader(char kind, int itemBytes, ByteOrder order, boolean fortran, List<Integer> shape) {
  /** The longest header; only structured types, which are refused anyway, need more. */
  static final int MAX_HEADER_BYTES = 65_535;

  static final int MAX_RANK = 32;
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int MAX_TEXT_BYTES = 1 << 20;

  /** Returns the number of elements. Cannot overflow, since reading checked it. */
  long count() {
    return shape.stream().mapToLong(Integer::longValue).reduce(1, (a, b) -> a * b);
  }

  /** Returns type and shape, as {@code f4 (2, 3)}. */
  String describe() {
    String extents = shape.stream().map(String::valueOf).collect(Collectors.joining(", "));
    return type() + " (" + extents + ")";
  }

  /** Returns the type as NumPy abbreviates it, without the byte order. */
  String type() {
    return kind + String.valueOf(kind == 'U' ? itemBytes / 4 : itemBytes);
  }

  /**
   * Reads a header from the start of {@code in} and leaves it at the first byte of the data.
   *
   * @param bytes the total number of bytes in {@code in}
   * @param place the name of the array in messages
   * @throws InputException if it is not such a header, or does not describe {@code bytes} bytes
   */
  static NpyHeader read(InputStream in, long bytes, String place) throws IOException {
    byte[] prefix = in.readNBytes(8);
    for (int i = 0; i < MAGIC.length; i++) {
      if (prefix.length < 8 || prefix[i] != MAGIC[i]) {
        throw broken(place, "it does not begin with \\x93NUMPY and a version");
      }
    }
    int version = prefix[6];
    if (version < 1 || version > 3 || prefix[7] != 0) {
      throw broken(
          place,
          "its version is "
              + (version & 0xff)
              + "."
              + (prefix[7] & 0xff)
              + ", and 1.0, 2.0 and 3.0 are known");
    }
    byte[] length = in.readNBytes(version == 1 ? 2 : 4);
    long headerBytes = 0;
    for (int i = 0; i < length.length; i++) {
      headerBytes |= (length[i] & 0xffL) << (8 * i);
    }
    if (headerBytes > MAX_HEADER_BYTES) {
      throw broken(place, "its header claims " + headerBytes + " bytes, more than any array needs");
    }
    byte[] text = in.readNBytes((int) headerBytes);
    if (length.length < (version == 1 ? 2 : 4) || text.length < headerBytes) {
      throw broken(place, "it ends within its header");
    }
    NpyHeader header =
        new Dictionary(place, new String(text, StandardCharsets.ISO_8859_1)).header();
    header.checkSize(bytes - 8 - length.length - headerBytes, place);
    return header;
  }

  private void checkSize(long dataBytes, String place) {
    long count = 1;
    for (int extent : shape) {
      if (extent != 0 && count > Long.MAX_VALUE / extent) {
        throw broken(place, "its shape has more elements than can be counted");
      }
      count *= extent;
    }
    boolean countable = count <= Long.MAX_VALUE / Math.max(1, itemBytes);
    if (!countable || count * itemBytes != dataBytes) {
      throw broken(
          place, "it is " + describe() + ", but " + dataBytes + " bytes follow its header");
    }
  }

  static InputException broken(String place, String what) {
    return new InputException(place + " is not a valid npy array: " + what);
  }

  /** A parser of the dictionary that understands only the literals that NumPy writes. */
  private static final class Dictionary {
    private final String place;
    private final String text;
    private int at;

    Dictionary(String place, String text) {
      this.place = place;
      this.text = text;
    }

    NpyHeader header() {
      String descr = null;
      Boolean fortran = null;
      List<Integer> shape = null;
      require('{');
      while (!accept('}')) {
        String key = quoted("a key");
        require(':');
        switch (key) {
          case "descr" -> {
            requireFirst(descr, key);
            if (peek() != '\'' && peek() != '"') {
              throw problem("has a structured type; store each field as a separate array");
            }
            descr = quoted("the type");
          }
          case "fortran_order" -> {
            requireFirst(fortran, key);
            fortran = truth();
          }
          case "shape" -> {
            requireFirst(shape, key);
            shape = tuple();
          }
          default -> throw problem("has the unknown key " + SafetensorsHeader.quote(key));
        }
        if (!accept(',')) {
          require('}');
          break;
        }
      }
      if (peek() != 0) {
        throw problem("continues after its dictionary");
      }
      if (descr == null || fortran == null || shape == null) {
        throw problem("lacks one of descr, fortran_order and shape");
      }
      return typed(descr, fortran, shape);
    }

    private NpyHeader typed(String descr, boolean fortran, List<Integer> shape) {
      String name = SafetensorsHeader.quote(descr);
      if (descr.equals("|O") || descr.equals("O")) {
        throw new InputException(
            place + " holds Python objects, which are not read; store an array of numbers");
      }
      if (!descr.matches("[<>|=][a-zA-Z][0-9]{1,9}")) {
        throw new InputException(
            place + " has type " + name + ", which cannot be read; store it as <f4");
      }
      char kind = descr.charAt(1);
      long number = Long.parseLong(descr.substring(2));
      boolean known =
          switch (kind) {
            case 'f' -> number == 2 || number == 4 || number == 8;
            case 'i', 'u' -> number == 1 || number == 2 || number == 4 || number == 8;
            case 'b' -> number == 1;
            case 'U' -> number * 4 <= MAX_TEXT_BYTES;
            case 'S' -> number <= MAX_TEXT_BYTES;
            default -> false;
          };
      if (!known) {
        throw new InputException(
            place + " has type " + name + ", which cannot be read; store it as <f4");
      }
      int bytes = (int) (kind == 'U' ? number * 4 : number);
      ByteOrder order =
          switch (descr.charAt(0)) {
            case '>' -> ByteOrder.BIG_ENDIAN;
            case '=' -> ByteOrder.nativeOrder();
            default -> ByteOrder.LITTLE_ENDIAN;
          };
      return new NpyHeader(kind, bytes, order, fortran, shape);
    }

    private void requireFirst(@Nullable Object earlier, String key) {
      if (earlier != null) {
        throw problem("has " + key + " twice");
      }
    }

    private boolean truth() {
      peek();
      for (String word : List.of("True", "False")) {
        if (text.startsWith(word, at)) {
          at += word.length();
          return word.equals("True");
        }
      }
      throw problem("has a fortran_order that is neither True nor False");
    }

    /** Reads {@code ()}, {@code (3,)} or {@code (2, 3)}; Python 2 wrote {@code 3L}. */
    private List<Integer> tuple() {
      List<Integer> extents = new ArrayList<>();
      require('(');
      while (!accept(')')) {
        peek();
        int start = at;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
          at++;
        }
        if (start == at) {
          throw problem("has a shape with an entry that is not a size");
        }
        String digits = text.substring(start, at);
        if (digits.length() > 10 || Long.parseLong(digits) > Integer.MAX_VALUE) {
          throw problem("has a shape with an extent above 2^31 - 1");
        }
        if (extents.size() == MAX_RANK) {
          throw problem("has a shape of more than " + MAX_RANK + " extents");
        }
        extents.add((int) Long.parseLong(digits));
        accept('L');
        if (!accept(',')) {
          require(')');
          break;
        }
      }
      return List.copyOf(extents);
    }

    private String quoted(String what) {
      char quote = peek();
      int end = quote == '\'' || quote == '"' ? text.indexOf(quote, at + 1) : -1;
      if (end < 0) {
        throw problem("lacks " + what + " in quotes at its character " + (at + 1));
      }
      String inside = text.substring(at + 1, end);
      at = end + 1;
      return inside;
    }

    private void require(char expected) {
      if (!accept(expected)) {
        throw problem("lacks '" + expected + "' at its character " + (at + 1));
      }
    }

    private boolean accept(char expected) {
      boolean there = peek() == expected;
      at += there ? 1 : 0;
      return there;
    }

    /** Returns the next character that is not a space, 0 at the end. */
    private char peek() {
      while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
        at++;
      }
      return at < text.length() ? text.charAt(at) : 0;
    }

    private InputException problem(String what) {
      return broken(place, "its header " + what);
    }
  }
}
