package org.lm4j.data;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.StringTokenizer;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.io.TextLines;

/**
 * The text format of {@link VectorFiles}. The last D fields of a line are the vector, what stands
 * before them is the word, which in GloVe's files may have spaces: {@code . . .}. A line of which
 * all but the first field are numbers, and more than D of them, is taken for a vector too long.
 */
final class TextVectors {
  private final Path file;
  private VectorFiles.@Nullable Header header;
  private @Nullable VectorRows rows;
  private float[] vector = {};

  private TextVectors(Path file) {
    this.file = file;
  }

  static byte[] line(VectorTable table, int row) {
    StringBuilder line = new StringBuilder(table.words().get(row));
    for (int i = 0; i < table.dimension(); i++) {
      line.append(' ').append(table.get(row, i));
    }
    return line.append('\n').toString().getBytes(StandardCharsets.UTF_8);
  }

  static VectorTable read(Path file) {
    TextVectors reader = new TextVectors(file);
    TextLines.read(file, reader::take);
    return reader.finish();
  }

  private void take(String line, int number) {
    StringTokenizer fields = new StringTokenizer(line, " \t");
    int count = fields.countTokens();
    String place = TextLines.place(file, number);
    if (number == 1 && count == 2) {
      header = header(place, fields.nextToken(), fields.nextToken());
      begin(header.dimension());
      return;
    }
    if (count < 2) {
      throw new InputException(place + ": there should be a word and its vector");
    }
    VectorRows to = rows == null ? begin(dimension(line, place)) : rows;
    String word = word(fields, count, place);
    if (header != null && to.size() == header.words()) {
      throw new InputException(
          "%s: there is more after the %d words the header speaks of"
              .formatted(place, header.words()));
    }
    for (int i = 0; i < vector.length; i++) {
      vector[i] = number(fields.nextToken(), place, i);
    }
    to.add(word, vector, place);
  }

  /** D as the first line tells it: the numbers at its end, of which the first field is none. */
  private static int dimension(String line, String place) {
    StringTokenizer fields = new StringTokenizer(line, " \t");
    fields.nextToken();
    int dimension = 0;
    while (fields.hasMoreTokens()) {
      dimension = isNumber(fields.nextToken()) ? dimension + 1 : 0;
    }
    if (dimension == 0) {
      throw new InputException(place + ": there should be a word and its vector");
    }
    return dimension;
  }

  /** The word, all fields but the last D, with single spaces between. */
  private String word(StringTokenizer fields, int count, String place) {
    int parts = count - vector.length;
    StringBuilder word = new StringBuilder(parts > 0 ? fields.nextToken() : "");
    boolean fits = parts == 1;
    for (int i = 1; i < parts; i++) {
      String part = fields.nextToken();
      fits |= !isNumber(part);
      word.append(' ').append(part);
    }
    if (!fits) {
      throw new InputException(
          "%s: a vector of %d numbers, where %s of %d"
              .formatted(
                  place,
                  count - 1,
                  header == null ? "the first line has one" : "the header speaks",
                  vector.length));
    }
    return word.toString();
  }

  private VectorRows begin(int dimension) {
    vector = new float[dimension];
    rows = new VectorRows(dimension);
    return rows;
  }

  private static VectorFiles.Header header(String place, String words, String dimension) {
    try {
      return VectorFiles.Header.of(place, Long.parseLong(words), Long.parseLong(dimension));
    } catch (NumberFormatException e) {
      throw new InputException(
          place + ": a word2vec file begins with two whole numbers, words and dimensions", e);
    }
  }

  private static boolean isNumber(String field) {
    try {
      Float.parseFloat(field);
      return true;
    } catch (NumberFormatException e) {
      return false;
    }
  }

  private static float number(String field, String place, int index) {
    try {
      return Float.parseFloat(field);
    } catch (NumberFormatException e) {
      throw new InputException(
          "%s: '%s', number %d of the vector, is no number".formatted(place, field, index + 1), e);
    }
  }

  private VectorTable finish() {
    if (rows == null || rows.size() == 0) {
      throw new InputException(file + " holds no word vectors.");
    }
    if (header != null && rows.size() < header.words()) {
      throw new InputException(
          "%s is truncated, or its header lies: it speaks of %d words, but there are %d"
              .formatted(file, header.words(), rows.size()));
    }
    return rows.table();
  }
}
