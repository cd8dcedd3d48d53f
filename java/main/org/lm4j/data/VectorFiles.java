package org.lm4j.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Pattern;
import org.lm4j.InputException;
import org.lm4j.io.AtomicFile;
import org.lm4j.io.IoErrors;
import org.lm4j.io.StoredFile;
import org.lm4j.text.source.TextSource;
import org.lm4j.text.source.TextStream;

/**
 * Reads and writes files of word vectors in the formats of word2vec and gensim. A first line gives
 * V and D. In the text format a line for each word follows: the word and D numbers, separated by
 * spaces. In the binary format each word follows as UTF-8, a space, and D little-endian float32,
 * with or without a line end. Text without the first line, as in GloVe's files, is read too. If a
 * word occurs twice, the first vector is kept and the log warns, as gensim does.
 */
public final class VectorFiles {
  private static final int LOOKED_AT = 1 << 16;

  private static final Pattern HEADER = Pattern.compile("\\d{1,18}[ \t]+\\d{1,18}\\s*");

  /**
   * Characters that cannot be written in a word: C's white space and terminator, characters that
   * switch encodings, and unpaired surrogates.
   */
  private static final Pattern UNWRITABLE = Pattern.compile("[ \\t-\\r\\x00\\x1b\\p{Cs}]+");

  private VectorFiles() {}

  /** The two formats. */
  public enum Format {
    /** One line per word. */
    TEXT,
    /** Words followed by float32 numbers. */
    BINARY;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Reads a file of either format, recognised by its content, uncompressed or compressed with gzip.
   *
   * @throws InputException if it cannot be read or is damaged: names file and line or byte
   */
  public static VectorTable read(Path file) {
    return read(file, Integer.MAX_VALUE);
  }

  /**
   * Reads the first words of a file.
   *
   * @param limit the number of words, at least 1; if the file has fewer, all are read
   * @throws InputException if it cannot be read, or is damaged before their end: names file and
   *     line or byte
   */
  public static VectorTable read(Path file, int limit) {
    StoredFile.require(file);
    byte[] start = start(file);
    if (!isPacked(start)) {
      return switch (format(file, start)) {
        case TEXT -> TextVectors.read(file, limit);
        case BINARY -> BinaryVectors.read(file, limit);
      };
    }
    try (TextStream in = TextSource.open(file)) {
      in.mark(LOOKED_AT);
      byte[] unpacked = in.readNBytes(LOOKED_AT);
      in.reset();
      if (format(file, unpacked) == Format.TEXT) {
        return TextVectors.read(file, limit);
      }
      VectorTable table = BinaryVectors.read(file, in, limit);
      if (limit >= table.words().size()) {
        in.requireWhole();
      }
      return table;
    } catch (IOException e) {
      throw IoErrors.cannotRead(file, e);
    }
  }

  private static byte[] start(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(LOOKED_AT);
    } catch (IOException e) {
      throw IoErrors.cannotRead(file, e);
    }
  }

  private static boolean isPacked(byte[] start) {
    return begins(start, 0x1f, 0x8b) || begins(start, 'P', 'K', 3, 4);
  }

  private static boolean begins(byte[] start, int... magic) {
    for (int i = 0; i < magic.length; i++) {
      if (start.length <= i || start[i] != (byte) magic[i]) {
        return false;
      }
    }
    return true;
  }

  /**
   * Recognises the format by the first bytes. Binary files begin with a line of two numbers; a
   * second line that ends in numbers is text, whatever bytes its word has. UTF-8 without control
   * characters is text too, since the numbers of a binary file are not all printable.
   *
   * @throws InputException if it is known to be something else
   */
  private static Format format(Path file, byte[] start) {
    if (start.length > 1 && start[0] == (byte) 0x80 && start[1] >= 2 && start[1] <= 5) {
      throw new InputException(
          file
              + " is a pickle of Python, as save() of gensim writes it; write the vectors with"
              + " save_word2vec_format() instead.");
    }
    if (begins(start, 0xBA, 0x16, 0x4F, 0x2F)) {
      throw new InputException(
          file + " is a complete fastText model; name the .vec file beside it, which has vectors.");
    }
    String text = new String(start, StandardCharsets.ISO_8859_1);
    int lineEnd = text.indexOf('\n');
    boolean header = lineEnd > 0 && HEADER.matcher(text.substring(0, lineEnd)).matches();
    if (header && endsInNumber(text.substring(lineEnd + 1).lines().findFirst().orElse(""))) {
      return Format.TEXT;
    }
    boolean binary = (header && !isText(start)) || text.chars().anyMatch(c -> c < '\t');
    if (binary && !header) {
      close(TextSource.open(file)); // knows many formats by name
    }
    return binary ? Format.BINARY : Format.TEXT;
  }

  private static void close(InputStream in) {
    try (in) {
      // was only opened to see what it is
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean endsInNumber(String line) {
    int space = line.stripTrailing().lastIndexOf(' ');
    int tab = line.stripTrailing().lastIndexOf('\t');
    int last = Math.max(space, tab);
    int first = line.indexOf(' ') < 0 ? tab : line.indexOf(' ');
    // Bytes after the word that are not text are numbers, even if the last byte is a digit.
    boolean control = line.chars().skip(Math.max(0, first)).anyMatch(c -> c < '\t');
    return last >= 0 && !control && TextVectors.isNumber(line.substring(last).strip());
  }

  /** Returns whether it is UTF-8, apart from a character cut off at the end. */
  private static boolean isText(byte[] start) {
    CharBuffer target = CharBuffer.allocate(start.length);
    return !StandardCharsets.UTF_8
        .newDecoder()
        .decode(ByteBuffer.wrap(start), target, start.length < LOOKED_AT)
        .isError();
  }

  /**
   * Writes a file atomically. Reading it gives the same numbers to the last bit.
   *
   * @throws InputException if a word cannot be written, see {@link #isWritable}
   * @throws java.io.UncheckedIOException if it cannot be written
   */
  public static void write(VectorTable table, Format format, Path file) {
    for (String word : table.words()) {
      if (!isWritable(word)) {
        throw new InputException(
            "the word '%s' %s; programs that read the file would take it for another word"
                .formatted(
                    word, word.isEmpty() ? "is empty" : "has white space or an escape character"));
      }
    }
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

  /**
   * Returns whether word2vec, gensim and lm4j all read a word back unchanged: it is not empty, and
   * has neither C's white space nor an unpaired surrogate.
   */
  public static boolean isWritable(String word) {
    return !word.isEmpty() && !UNWRITABLE.matcher(word).find();
  }

  /**
   * A table whose words can all be written.
   *
   * @param renamed the number of words in which {@code _} replaces white space or escape
   *     characters, as in word2vec's phrases
   * @param leftOut the number of words that consist only of such characters, or whose new name is
   *     taken
   * @param first the first of both; empty if there are none
   */
  public record Writable(VectorTable table, int renamed, int leftOut, String first) {}

  /** Returns the table with words that can be written; the same table if all can. */
  public static Writable writable(VectorTable table) {
    if (table.words().stream().allMatch(VectorFiles::isWritable)) {
      return new Writable(table, 0, 0, "");
    }
    VectorTable.Builder builder = new VectorTable.Builder(table.dimension());
    float[] vector = new float[table.dimension()];
    int renamed = 0;
    int leftOut = 0;
    String first = "";
    for (int row = 0; row < table.words().size(); row++) {
      String word = table.words().get(row);
      String name = word;
      if (!isWritable(word)) {
        first = renamed + leftOut == 0 ? word : first;
        name = UNWRITABLE.matcher(word).replaceAll("_");
        if (name.replace("_", "").isEmpty() || table.row(name) >= 0 || builder.has(name)) {
          leftOut++;
          continue;
        }
        renamed++;
      }
      table.copy(row, vector);
      builder.add(name, vector);
    }
    return new Writable(builder.table(), renamed, leftOut, first);
  }

  /** V and D of a first line, checked before memory is allocated for them. */
  record Header(int words, int dimension) {
    private static final int MOST_DIMENSIONS = 1 << 16;
    private static final long MOST_NUMBERS = 1L << 40;

    /** Creates a header of the two numbers; {@code place} names the line in messages. */
    static Header of(String place, long words, long dimension) {
      if (words < 1 || dimension < 1 || dimension > MOST_DIMENSIONS) {
        throw new InputException(
            "%s: the header announces %d words of %d dimensions; there must be at least one word, of 1 to %d"
                .formatted(place, words, dimension, MOST_DIMENSIONS));
      }
      if (words > Integer.MAX_VALUE - 8 || words > MOST_NUMBERS / dimension) {
        throw new InputException(
            "%s: %d words of %d dimensions are more than can be held; take fewer of them"
                .formatted(place, words, dimension));
      }
      return new Header((int) words, (int) dimension);
    }
  }
}
