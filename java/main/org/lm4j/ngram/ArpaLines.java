package org.lm4j.ngram;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.lm4j.InputException;
import org.lm4j.text.source.TextStream;

/** The lines of an ARPA file that are not blank, each with its number. */
final class ArpaLines {
  private static final int LONGEST = 1 << 20; // bytes

  private final TextStream in;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
  private long number;
  private String line = "";

  ArpaLines(TextStream in) {
    this.in = in;
  }

  /**
   * Moves to the next line that is not blank.
   *
   * @return whether there is one
   * @throws InputException if it is not UTF-8
   */
  boolean next() {
    try {
      while (true) {
        bytes.reset();
        int octet = in.read();
        if (octet < 0) {
          line = "";
          return false;
        }
        number++;
        for (; octet >= 0 && octet != '\n'; octet = in.read()) {
          bytes.write(octet);
          if (bytes.size() > LONGEST) {
            throw broken("the line is longer than %,d bytes".formatted(LONGEST));
          }
        }
        line =
            strip(
                StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString());
        if (!line.isEmpty()) {
          return true;
        }
      }
    } catch (CharacterCodingException e) {
      throw broken(number, "the line is not UTF-8", e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + in.name() + ": " + e.getMessage(), e);
    }
  }

  /**
   * Removes spaces, tabs and the carriage return at both ends; other white space may be a token.
   */
  private static String strip(String text) {
    int from = 0;
    int to = text.length();
    while (from < to && isBlank(text.charAt(from))) {
      from++;
    }
    while (from < to && (isBlank(text.charAt(to - 1)) || text.charAt(to - 1) == '\r')) {
      to--;
    }
    return text.substring(from, to);
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t';
  }

  /** Returns the line, without white space at its ends. */
  String line() {
    return line;
  }

  /** Returns the number of the line, from 1. */
  long number() {
    return number;
  }

  /** Returns the fields of the line, which spaces and tabs separate. */
  List<String> fields() {
    List<String> fields = new ArrayList<>(8);
    int from = 0;
    for (int at = 0; at <= line.length(); at++) {
      if (at == line.length() || isBlank(line.charAt(at))) {
        if (at > from) {
          fields.add(line.substring(from, at));
        }
        from = at + 1;
      }
    }
    return fields;
  }

  /** Returns the refusal of the line. */
  InputException broken(String why) {
    return broken(number, why);
  }

  /** Returns the refusal of a line. */
  InputException broken(long at, String why) {
    return new InputException(sentence(at, why));
  }

  /** Returns the refusal of a line. */
  InputException broken(long at, String why, Throwable cause) {
    return new InputException(sentence(at, why), cause);
  }

  private String sentence(long at, String why) {
    return "%s, line %d: %s".formatted(in.name(), at, why);
  }

  /** Returns the refusal of a file that ends too early. */
  InputException ended(String where) {
    return new InputException("%s ends %s: it was cut short".formatted(in.name(), where));
  }

  /** Returns the name of the file in messages. */
  String name() {
    return in.name();
  }
}
