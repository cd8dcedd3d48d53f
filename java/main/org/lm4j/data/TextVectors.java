package org.lm4j.data;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.io.TextLines;

/**
 * Reads the text format of {@link VectorFiles}. The last D fields of a line are the vector. The
 * word is everything before them, without the separating space or tab: it may contain spaces, as
 * {@code . . .} in GloVe's files, consist of white space, as the tab in fastText's, or be empty. A
 * line whose first field is followed by more than D numbers is refused as too long a vector. Empty
 * lines at the end are ignored. A first line that numbers the columns is skipped.
 */
final class TextVectors {
  /** Common spellings of values that are not finite. */
  private static final Pattern NOT_FINITE = Pattern.compile("(?i)[+-]?(nan|inf|infinity)");

  private final Path file;
  private final int limit;
  private VectorFiles.@Nullable Header header;
  private @Nullable VectorRows rows;
  private float[] vector = {};
  private int blank; // the first empty line, 0 for none

  private TextVectors(Path file, int limit) {
    this.file = file;
    this.limit = limit;
  }

  static byte[] line(VectorTable table, int row) {
    StringBuilder line = new StringBuilder(table.words().get(row));
    for (int i = 0; i < table.dimension(); i++) {
      line.append(' ').append(table.get(row, i));
    }
    return line.append('\n').toString().getBytes(StandardCharsets.UTF_8);
  }

  static VectorTable read(Path file, int limit) {
    TextVectors reader = new TextVectors(file, limit);
    TextLines.readWhile(file, reader::take);
    return reader.finish();
  }

  /** Receives a line; returns whether to continue. */
  private boolean take(String line, int number) {
    String place = TextLines.place(file, number);
    if (number > 1 && line.isBlank()) {
      blank = blank == 0 ? number : blank;
      return true;
    }
    if (blank > 0) {
      throw new InputException(
          TextLines.place(file, blank) + ": empty, where there should be a word and its vector");
    }
    if (number == 1) {
      String[] fields = line.strip().split("[ \t]+", -1);
      if (fields.length == 2 && !(isBlank(line.charAt(0)) && isNumber(fields[0]))) {
        header = header(place, fields[0], fields[1]);
        begin(header.dimension());
        return true;
      }
      if (ColumnNames.ofDimensions(line)) {
        System.getLogger(VectorFiles.class.getName())
            .log(
                System.Logger.Level.WARNING,
                place + " numbers the columns and is not a vector; skipped");
        return true;
      }
    }
    VectorRows to = rows == null ? begin(dimension(line, place)) : rows;
    if (header != null && to.size() == header.words()) {
      throw new InputException(
          "%s: there is more after the %d words that the header announces"
              .formatted(place, header.words()));
    }
    to.add(split(line, place), vector, 0, place);
    return to.size() < limit;
  }

  /** Returns D by the first line: the count of numbers at its end, not counting the first field. */
  private static int dimension(String line, String place) {
    int first = line.indexOf(' ') >= 0 ? line.indexOf(' ') : line.indexOf('\t');
    int end = trimmed(line, line.length());
    int dimension = 0;
    while (first >= 0 && end > first) {
      int begin = begin(line, end);
      String field = line.substring(begin, end);
      if (begin > first && NOT_FINITE.matcher(field).matches()) {
        throw new InputException(
            "%s: '%s' stands where there should be a finite number".formatted(place, field));
      }
      if (begin <= first || !isNumber(field)) {
        break;
      }
      dimension++;
      end = trimmed(line, begin);
    }
    if (dimension == 0) {
      throw new InputException(place + ": there should be a word and its vector");
    }
    return dimension;
  }

  /** Returns the word of a line, and stores its numbers in {@link #vector}. */
  private String split(String line, String place) {
    int end = trimmed(line, line.length());
    for (int i = vector.length - 1; i >= 0; i--) {
      int begin = begin(line, end);
      if (begin == 0 || begin == end) { // There is nothing before it, not even an empty word.
        throw wrongLength(place, vector.length - i - 1);
      }
      vector[i] = number(line.substring(begin, end), line, place, i);
      end = i == 0 ? begin - 1 : trimmed(line, begin);
    }
    String word = line.substring(0, end);
    String[] parts = word.split("[ \t]", -1);
    if (parts.length > 1 && Arrays.stream(parts, 1, parts.length).allMatch(TextVectors::isNumber)) {
      throw wrongLength(place, vector.length + parts.length - 1);
    }
    int from = 0;
    while (from < end && isBlank(word.charAt(from))) {
      from++;
    }
    return from == end ? word : word.substring(from, trimmed(word, end));
  }

  private InputException wrongLength(String place, int numbers) {
    return new InputException(
        "%s: a vector of %d numbers, where %s of %d"
            .formatted(
                place,
                numbers,
                header == null ? "the first line has one" : "the header speaks",
                vector.length));
  }

  /** Returns where the field before {@code end} begins. */
  private static int begin(String line, int end) {
    int begin = end;
    while (begin > 0 && !isBlank(line.charAt(begin - 1))) {
      begin--;
    }
    return begin;
  }

  /** Returns the end without spaces and tabs before it. */
  private static int trimmed(String line, int end) {
    int trimmed = end;
    while (trimmed > 0 && isBlank(line.charAt(trimmed - 1))) {
      trimmed--;
    }
    return trimmed;
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t';
  }

  private VectorRows begin(int dimension) {
    vector = new float[dimension];
    rows = new VectorRows(new VectorNumbers(dimension));
    return rows;
  }

  private static VectorFiles.Header header(String place, String words, String dimension) {
    if (!words.matches("\\d{1,18}") || !dimension.matches("\\d{1,18}")) {
      throw new InputException(
          place + ": a word2vec file begins with two whole numbers, words and dimensions");
    }
    return VectorFiles.Header.of(place, Long.parseLong(words), Long.parseLong(dimension));
  }

  /**
   * Returns whether it is a decimal number, such as {@code -1.5e-3}: sign, digits, point and
   * exponent, all ASCII. Other literals of Java ({@code 1d}, {@code 0x1p3}, {@code NaN}) are not.
   */
  static boolean isNumber(String field) {
    int at = afterSign(field, 0);
    int whole = afterDigits(field, at);
    boolean point = whole < field.length() && field.charAt(whole) == '.';
    int end = point ? afterDigits(field, whole + 1) : whole;
    if (end - at == (point ? 1 : 0)) {
      return false; // no digit
    }
    if (end < field.length() && (field.charAt(end) | 0x20) == 'e') {
      int power = afterSign(field, end + 1);
      end = afterDigits(field, power);
      return end == field.length() && end > power;
    }
    return end == field.length();
  }

  private static int afterSign(String field, int at) {
    boolean sign = at < field.length() && (field.charAt(at) == '-' || field.charAt(at) == '+');
    return sign ? at + 1 : at;
  }

  private static int afterDigits(String field, int at) {
    int end = at;
    while (end < field.length() && field.charAt(end) >= '0' && field.charAt(end) <= '9') {
      end++;
    }
    return end;
  }

  private float number(String field, String line, String place, int index) {
    if (isNumber(field)) {
      return Float.parseFloat(field);
    }
    int fields = line.strip().split("[ \t]+", -1).length;
    if (fields <= vector.length) {
      throw wrongLength(place, fields - 1);
    }
    if (NOT_FINITE.matcher(field).matches()) { // refused with the word
      boolean infinite = field.toLowerCase(Locale.ROOT).contains("inf");
      float value = infinite ? Float.POSITIVE_INFINITY : Float.NaN;
      return field.startsWith("-") ? -value : value;
    }
    throw new InputException(
        "%s: '%s', number %d of the vector, is not a number".formatted(place, field, index + 1));
  }

  private VectorTable finish() {
    if (rows == null || rows.size() == 0) {
      throw new InputException(file + " holds no word vectors.");
    }
    if (header != null && rows.size() < Math.min(limit, header.words())) {
      throw new InputException(
          "%s is truncated, or its header is wrong: it announces %d words, but there are %d"
              .formatted(file, header.words(), rows.size()));
    }
    return rows.table();
  }
}
