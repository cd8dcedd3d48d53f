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
import org.lm4j.text.source.TextSource;
import org.lm4j.text.source.TextStream;

/**
 * Files of word vectors, as word2vec and gensim write them. A first line tells V and D. Then, as
 * text, there is a line for each word: the word and D numbers, a space between. As binary, there is
 * for each word its UTF-8, a space, and D little-endian float32, with or without a line end after
 * them. Text without the first line, as GloVe has it, is read too. Where a word stands twice, the
 * first vector is kept and the log warns, as gensim does.
 */
public final class VectorFiles {
  private static final int LOOKED_AT = 1 << 16;

  private static final Pattern HEADER = Pattern.compile("\\d{1,18}[ \t]+\\d{1,18}\\s*");

  /**
   * White space of C, what ends its texts, what switches the encoding of a terminal or text, and
   * half surrogate pairs.
   */
  private static final Pattern UNWRITABLE = Pattern.compile("[ \\t-\\r\\x00\\x1b\\p{Cs}]+");

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
   * Reads a file of either format, told by its content, plain or packed with gzip.
   *
   * @throws InputException if it cannot be read or is damaged: names file and line or byte
   */
  public static VectorTable read(Path file) {
    return read(file, Integer.MAX_VALUE);
  }

  /**
   * Reads the first words of a file.
   *
   * @param limit how many, at least 1; where the file has fewer, all of them
   * @throws InputException if it cannot be read, or is damaged before their end: names file and
   *     line or byte
   */
  public static VectorTable read(Path file, int limit) {
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
   * The format of a file by its first bytes. Binary has a first line of two numbers; a second line
   * that ends in numbers is text, whatever bytes its word has. What is UTF-8 without a control
   * character is text too: the numbers of a binary file are not all printable.
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
          file + " is a whole model of fastText; name the .vec file beside it, which has vectors.");
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
    // What is no text behind the word are bytes of numbers, though the last of them be a digit.
    boolean control = line.chars().skip(Math.max(0, first)).anyMatch(c -> c < '\t');
    return last >= 0 && !control && TextVectors.isNumber(line.substring(last).strip());
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
   * @throws InputException if a word cannot be written, see {@link #isWritable}
   * @throws java.io.UncheckedIOException if it cannot be written
   */
  public static void write(VectorTable table, Format format, Path file) {
    for (String word : table.words()) {
      if (!isWritable(word)) {
        throw new InputException(
            "the word '%s' %s; whoever reads the file would take it for another"
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
   * Whether word2vec, gensim and lm4j all read a word back as it is: it is not empty, and has none
   * of the characters that C takes for white space, nor half a surrogate pair.
   */
  public static boolean isWritable(String word) {
    return !word.isEmpty() && !UNWRITABLE.matcher(word).find();
  }

  /**
   * A table whose words can all be written.
   *
   * @param renamed words with white space or escape characters, for which {@code _} stands, as in
   *     word2vec's phrases
   * @param leftOut words that are nothing else, or would be called like another
   * @param first of both; empty if there are none
   */
  public record Writable(VectorTable table, int renamed, int leftOut, String first) {}

  /** The table with words that can be written; itself where they all can. */
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

  /** V and D of a first line, checked before anything is taken for them. */
  record Header(int words, int dimension) {
    private static final int MOST_DIMENSIONS = 1 << 16;
    private static final long MOST_NUMBERS = 1L << 40;

    /** Of the two numbers; {@code place} is what a message calls the line. */
    static Header of(String place, long words, long dimension) {
      if (words < 1 || dimension < 1 || dimension > MOST_DIMENSIONS) {
        throw new InputException(
            "%s: the header speaks of %d words of %d dimensions; there must be at least one word, of 1 to %d"
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
