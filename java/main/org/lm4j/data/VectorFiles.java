package org.lm4j.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.lm4j.InputException;
import org.lm4j.io.AtomicFile;
import org.lm4j.io.IoErrors;

/**
 * Files of word vectors, as word2vec and gensim write them. A first line tells V and D. Then, as
 * text, there is a line for each word: the word and D numbers, a space between. As binary, there is
 * for each word its UTF-8, a space, and D little-endian float32, with or without a line end after
 * them. Text without the first line, as GloVe has it, is read too. Where a word stands twice, the
 * first vector is kept and the log warns, as gensim does.
 */
public final class VectorFiles {
  private static final int LOOKED_AT = 1 << 16;

  private VectorFiles() {}

  /** The two formats. */
  public enum Format {
    /** Lines. */
    TEXT,
    /** Words and float32. */
    BINARY;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Reads a file of either format, told from its content.
   *
   * @throws InputException if it cannot be read or is damaged: names file and line or byte
   */
  public static VectorTable read(Path file) {
    return format(file) == Format.BINARY ? BinaryVectors.read(file) : TextVectors.read(file);
  }

  private static Format format(Path file) {
    byte[] start;
    try (InputStream in = Files.newInputStream(file)) {
      start = in.readNBytes(LOOKED_AT);
    } catch (IOException e) {
      throw IoErrors.cannotRead(file, e);
    }
    if (start.length >= 2 && start[0] == 0x1f && start[1] == (byte) 0x8b) {
      throw new InputException(file + " is packed; unpack it first, with gunzip.");
    }
    for (byte octet : start) {
      if (octet >= 0 && octet < '\t') {
        return Format.BINARY;
      }
    }
    return isText(start) ? Format.TEXT : Format.BINARY;
  }

  /** Whether it is UTF-8, but for a character cut off at the end. */
  private static boolean isText(byte[] start) {
    CharBuffer target = CharBuffer.allocate(start.length);
    return !StandardCharsets.UTF_8
        .newDecoder()
        .decode(ByteBuffer.wrap(start), target, start.length < LOOKED_AT)
        .isError();
  }

  /**
   * Writes a file, whole or not at all. Reading it gives the same numbers to the last bit.
   *
   * @throws InputException if a word has a space, which binary cannot tell from its end
   * @throws java.io.UncheckedIOException if it cannot be written
   */
  public static void write(VectorTable table, Format format, Path file) {
    AtomicFile.writeStream(
        file,
        out -> {
          String header = table.words().size() + " " + table.dimension() + "\n";
          out.write(header.getBytes(StandardCharsets.UTF_8));
          for (int row = 0; row < table.words().size(); row++) {
            out.write(
                format == Format.TEXT
                    ? TextVectors.line(table, row)
                    : BinaryVectors.of(table, row));
          }
        });
  }

  /** V and D of a first line, checked before anything is taken for them. */
  record Header(int words, int dimension) {
    private static final int MOST_DIMENSIONS = 1 << 16;

    /** Of the two numbers; {@code place} is what a message calls the line. */
    static Header of(String place, long words, long dimension) {
      if (words < 1 || dimension < 1 || dimension > MOST_DIMENSIONS) {
        throw new InputException(
            "%s: the header speaks of %d words of %d dimensions; there must be at least one word, of 1 to %d"
                .formatted(place, words, dimension, MOST_DIMENSIONS));
      }
      if (words > Integer.MAX_VALUE / dimension) {
        throw new InputException(
            "%s: %d words of %d dimensions are more than can be held; take fewer of them"
                .formatted(place, words, dimension));
      }
      return new Header((int) words, (int) dimension);
    }
  }
}
