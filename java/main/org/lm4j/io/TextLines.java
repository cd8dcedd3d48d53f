package org.lm4j.io;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.lm4j.InputException;

/** Reads files of short lines of UTF-8: captions, names, questions. */
public final class TextLines {
  /** Longest line read: a file beyond it is none of lines. */
  static final int MAX_LINE_BYTES = 1 << 20;

  private TextLines() {}

  /** Takes the lines of a file. */
  @FunctionalInterface
  public interface Reader {
    /**
     * Takes one line.
     *
     * @param line without its end, be it {@code \n} or {@code \r\n}
     * @param number counted from 1
     */
    void take(String line, int number);
  }

  /** What a message calls a line of a file. */
  public static String place(Path file, int number) {
    return place(file.toString(), number);
  }

  /** The same where the text has a name that is no path. */
  public static String place(String name, int number) {
    return name + ", line " + number;
  }

  /**
   * Hands each line to the reader. A byte order mark at the start is dropped; the last line may
   * lack its end.
   *
   * @throws InputException if the file cannot be read, or a line is not UTF-8 or longer than 1 MiB
   */
  public static void read(Path file, Reader reader) {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      read(in, file.toString(), reader);
    } catch (IOException e) {
      throw IoErrors.cannotRead(file, e);
    }
  }

  /**
   * The same from a stream, which stays open and is best buffered.
   *
   * @param name what messages call it
   * @throws IOException if it cannot be read
   */
  public static void read(InputStream in, String name, Reader reader) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(256);
    int number = 1;
    for (int b = in.read(); b >= 0; b = in.read()) {
      if (b == '\n') {
        reader.take(decode(line.toByteArray(), name, number), number);
        line.reset();
        number++;
        continue;
      }
      if (line.size() == MAX_LINE_BYTES) {
        throw new InputException(
            place(name, number) + ": longer than " + MAX_LINE_BYTES + " bytes");
      }
      line.write(b);
    }
    if (line.size() > 0) {
      reader.take(decode(line.toByteArray(), name, number), number);
    }
  }

  private static String decode(byte[] bytes, String file, int number) {
    int length = bytes.length;
    if (length > 0 && bytes[length - 1] == '\r') {
      length--;
    }
    try {
      String line =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, length)).toString();
      return number == 1 && line.startsWith("\uFEFF") ? line.substring(1) : line;
    } catch (CharacterCodingException e) {
      throw new InputException(place(file, number) + ": not UTF-8 text; save the file as UTF-8", e);
    }
  }
}
