package org.lm4j.io;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.lm4j.InputException;
import org.lm4j.text.source.TextSource;
import org.lm4j.text.source.TextStream;

/**
 * Reads files of short UTF-8 lines, such as captions, names and questions: plain, compressed with
 * gzip, or as the only file of a zip archive ({@link TextSource}). Lines end at LF, CR LF, or CR
 * alone.
 */
public final class TextLines {
  /** The longest line read; a file with longer ones is not a file of lines. */
  static final int MAX_LINE_BYTES = 1 << 20;

  private TextLines() {}

  /** Takes the lines of a file. */
  @FunctionalInterface
  public interface Reader {
    /**
     * Receives one line.
     *
     * @param line the line without its line end
     * @param number counted from 1
     */
    void take(String line, int number);
  }

  /** Receives the lines of a file until it returns false. */
  @FunctionalInterface
  public interface LimitedReader {
    /** Receives one line as {@link Reader#take} does; returns whether to continue. */
    boolean take(String line, int number);
  }

  /** Returns the name of a line of a file in messages. */
  public static String place(Path file, int number) {
    return place(file.toString(), number);
  }

  /** Returns the name of a line in messages, for a text whose name is not a path. */
  public static String place(String name, int number) {
    return name + ", line " + number;
  }

  /**
   * Passes each line to the reader. A byte order mark at the start is dropped; the last line need
   * not have a line end.
   *
   * @throws InputException if the file cannot be read, is not text or damaged, or a line is not
   *     UTF-8, has a NUL or is longer than 1 MiB
   */
  public static void read(Path file, Reader reader) {
    readWhile(file, all(reader));
  }

  /** Reads as {@link #read(Path, Reader)} does, until the reader returns false. */
  public static void readWhile(Path file, LimitedReader reader) {
    try (TextStream in = TextSource.open(file)) {
      readLines(in, reader);
    } catch (IOException e) {
      throw IoErrors.cannotRead(file, e);
    }
  }

  private static LimitedReader all(Reader reader) {
    return (line, number) -> {
      reader.take(line, number);
      return true;
    };
  }

  /**
   * Reads the lines of a stream, which stays open.
   *
   * @param name its name in messages
   * @throws IOException if it cannot be read
   */
  public static void read(InputStream in, String name, Reader reader) throws IOException {
    readLines(TextSource.open(in, name), all(reader));
  }

  /**
   * Reads the lines of an open text, which stays open.
   *
   * @throws IOException if it cannot be read
   */
  public static void read(TextStream in, Reader reader) throws IOException {
    readLines(in, all(reader));
  }

  private static void readLines(TextStream in, LimitedReader reader) throws IOException {
    String name = in.name();
    ByteArrayOutputStream line = new ByteArrayOutputStream(256);
    int number = 1;
    boolean afterReturn = false;
    for (int b = in.read(); b >= 0; b = in.read()) {
      boolean whole = b == '\n' && afterReturn; // CR LF is one line end
      afterReturn = b == '\r';
      if (whole) {
        continue;
      }
      if (b == '\n' || b == '\r') {
        if (!reader.take(decode(line.toByteArray(), in, number), number)) {
          return;
        }
        line.reset();
        number++;
        continue;
      }
      if (b == 0) {
        in.requireWhole();
        throw new InputException(place(name, number) + ": a NUL byte, which no text has");
      }
      if (line.size() == MAX_LINE_BYTES) {
        in.requireWhole();
        throw new InputException(
            place(name, number)
                + ": longer than "
                + MAX_LINE_BYTES
                + " bytes"
                + (isJson(line.toByteArray()) ? "; this seems to be JSON, not lines" : ""));
      }
      line.write(b);
    }
    String rest = line.size() == 0 ? "" : decode(line.toByteArray(), in, number);
    if (!rest.isEmpty()) { // a byte order mark alone does not count as a line
      reader.take(rest, number);
    }
  }

  private static boolean isJson(byte[] start) {
    return start[0] == '{' || (start[0] == '[' && start[1] == '{');
  }

  private static String decode(byte[] bytes, TextStream in, int number) throws IOException {
    try {
      String line = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return number == 1 && line.startsWith("\uFEFF") ? line.substring(1) : line;
    } catch (CharacterCodingException e) {
      in.requireWhole();
      throw new InputException(
          place(in.name(), number) + ": not UTF-8 text; save the file as UTF-8", e);
    }
  }
}
