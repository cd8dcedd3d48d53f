package org.lm4j.io;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON objects as values of the JDK: maps, lists, texts, numbers, truth values and null.
 * Initializing Jackson, its mapper above all, takes longer than the rest of a short command, and
 * its parser is slow until it is compiled.
 *
 * <p>It reads only what leaves no doubt. Otherwise, and for errors, it returns null, and Jackson
 * reads the text or reports what is wrong with it.
 */
final class PlainValues {
  private static final int MOST_BYTES_OF_NAME = 100_000; // as in JsonStreams
  private static final int MOST_BYTES_OF_TEXT = 20_000_000;
  private static final int MOST_DIGITS = 100;
  private static final int MOST_DIGITS_OF_WHOLE = 18; // of any long
  private static final int END = -1;

  private final byte[] json;
  private int at; // the next byte
  private int depth;

  private PlainValues(byte[] json) {
    this.json = json;
  }

  /** Something that is left to Jackson. */
  private static final class InDoubt extends RuntimeException {
    private static final long serialVersionUID = 1;

    InDoubt() {
      super(null, null, false, false);
    }
  }

  /**
   * Returns the fields of the object that a text is, equal to those that a mapper reads; or null.
   */
  static @Nullable Map<String, @Nullable Object> read(String text) {
    byte[] utf8 = text.getBytes(UTF_8);
    return new String(utf8, UTF_8).equals(text)
        ? read(utf8)
        : null; // halves of characters are lost
  }

  /**
   * Returns the fields of the object that a text in UTF-8 is, without a byte order mark; or null.
   */
  static @Nullable Map<String, @Nullable Object> read(byte[] utf8) {
    PlainValues reader = new PlainValues(utf8);
    try {
      if (reader.next() != '{') {
        return null;
      }
      Map<String, @Nullable Object> fields = reader.object();
      return reader.next() == END ? fields : null;
    } catch (InDoubt e) {
      return null;
    }
  }

  /** Returns the next byte that is not white space, or {@link #END}. */
  private int next() {
    while (at < json.length) {
      int c = json[at++];
      if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
        return c & 0xff;
      }
    }
    return END;
  }

  private Map<String, @Nullable Object> object() {
    enter();
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    int c = next();
    while (c != '}' || !fields.isEmpty()) {
      require(c == '"');
      String name = text(MOST_BYTES_OF_NAME);
      require(next() == ':');
      int before = fields.size();
      fields.put(name, value(next()));
      require(fields.size() > before);
      c = next();
      if (c == '}') {
        break;
      }
      require(c == ',');
      c = next();
    }
    depth--;
    return fields;
  }

  private List<@Nullable Object> array() {
    enter();
    List<@Nullable Object> elements = new ArrayList<>();
    int c = next();
    while (c != ']' || !elements.isEmpty()) {
      elements.add(value(c));
      c = next();
      if (c == ']') {
        break;
      }
      require(c == ',');
      c = next();
    }
    depth--;
    return elements;
  }

  private void enter() {
    require(++depth <= Json.MAX_DEPTH);
  }

  private static void require(boolean certain) {
    if (!certain) {
      throw new InDoubt();
    }
  }

  /** Returns the value that begins with a byte. */
  private @Nullable Object value(int first) {
    return switch (first) {
      case '"' -> text(MOST_BYTES_OF_TEXT);
      case '{' -> object();
      case '[' -> array();
      case 't' -> literal("rue", true);
      case 'f' -> literal("alse", false);
      case 'n' -> literal("ull", null);
      default -> number();
    };
  }

  private @Nullable Object literal(String rest, @Nullable Object value) {
    for (int i = 0; i < rest.length(); i++) {
      require(at < json.length && json[at++] == rest.charAt(i));
    }
    return value;
  }

  /** Returns the text that begins here, after the quotation mark. */
  private String text(int most) {
    int from = at;
    int all = 0;
    while (true) {
      require(at < json.length && at - from <= most);
      int c = json[at++];
      if (c == '"') {
        break;
      }
      if (c == '\\') {
        at--;
        return escaped(from, most);
      }
      require(c < 0 || c >= ' ');
      all |= c;
    }
    return decoded(from, at - 1, all >= 0);
  }

  private String decoded(int from, int to, boolean ascii) {
    String text = new String(json, from, to - from, ascii ? ISO_8859_1 : UTF_8);
    require(ascii || text.indexOf('\uFFFD') < 0); // may stand for bytes that are not UTF-8
    return text;
  }

  /** Returns the text that began at a byte and has its first escape here. */
  private String escaped(int from, int most) {
    StringBuilder text = new StringBuilder(decoded(from, at, false));
    int plain = at; // where the part without escapes begins
    while (true) {
      require(at < json.length && at - from <= most);
      int c = json[at++];
      require(c < 0 || c >= ' ');
      if (c == '"' || c == '\\') {
        text.append(decoded(plain, at - 1, false));
        if (c == '"') {
          return text.toString();
        }
        text.append(escape());
        plain = at;
      }
    }
  }

  private char escape() {
    require(at < json.length);
    return switch (json[at++]) {
      case '"' -> '"';
      case '\\' -> '\\';
      case '/' -> '/';
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> codeUnit();
      default -> throw new InDoubt();
    };
  }

  private char codeUnit() {
    require(at + 4 <= json.length);
    int unit = 0;
    for (int i = 0; i < 4; i++) {
      int digit = Character.digit((char) (json[at++] & 0xff), 16);
      require(digit >= 0);
      unit = unit << 4 | digit;
    }
    return (char) unit;
  }

  /** Returns the number that began one byte ago. */
  private Number number() {
    int from = --at;
    require(from >= 0);
    boolean negative = skip('-');
    int whole = at;
    boolean zero = skip('0');
    require(zero || digits());
    int end = at;
    boolean fraction = skip('.');
    require(!fraction || digits());
    boolean exponent = skip('e') || skip('E');
    if (exponent && !skip('+')) {
      skip('-');
    }
    require(!exponent || digits());
    require(at - from <= MOST_DIGITS);
    String text = new String(json, from, at - from, ISO_8859_1);
    if (fraction || exponent) {
      double value = Double.parseDouble(text);
      require(Double.isFinite(value));
      return value;
    }
    require(end - whole <= MOST_DIGITS_OF_WHOLE && !(zero && negative));
    long value = Long.parseLong(text);
    if (value == (int) value) {
      return (int) value;
    }
    return value;
  }

  private boolean skip(int c) {
    if (at < json.length && json[at] == c) {
      at++;
      return true;
    }
    return false;
  }

  /** Skips digits; returns whether there are any. */
  private boolean digits() {
    int from = at;
    while (at < json.length && json[at] >= '0' && json[at] <= '9') {
      at++;
    }
    return at > from;
  }
}
