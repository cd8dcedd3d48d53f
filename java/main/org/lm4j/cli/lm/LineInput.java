package org.lm4j.cli.lm;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.text.source.TextSource;
import org.lm4j.text.source.TextStream;

/**
 * The lines of files, or of the standard input, handed over some at a time: plain lines, or rows of
 * a table with a header. Its columns are separated by tabs or, where the header has no tab, by
 * commas, with quotation marks as in RFC 4180. A line that cannot be read is reported and skipped,
 * and the rest is read.
 */
final class LineInput {
  static final String STANDARD_INPUT = "-";
  private static final int MOST_LINES = 2048; // handed over together
  private static final int MOST_CHARACTERS = 1 << 18;
  private static final int LONGEST = 1 << 22; // bytes; memory stays bounded
  private static final int REPORTED = 20;

  private final @Nullable String idColumn;
  private final @Nullable String textColumn;
  private final Consumer<String> reports;
  private final Consumer<List<Line>> taker;
  private final List<Line> waiting = new ArrayList<>();
  private long characters;
  private long number;
  private long skipped;
  private int id = -1; // the columns of the table that is being read
  private int text = -1;
  private List<String> header = List.of();
  private boolean commas;

  /**
   * A line to score.
   *
   * @param number counted from 1 through all files, without headers
   * @param id of the table; empty if there is none
   * @param columns names of the table's columns; empty for plain lines
   * @param cells the row of the table
   */
  record Line(long number, String id, String text, List<String> columns, List<String> cells) {}

  /**
   * Creates a reader of lines.
   *
   * @param idColumn name of the column with ids; null for none
   * @param textColumn name of the column with the text; null for the whole line, or if there are
   *     ids the only other column
   * @param reports receives a sentence for each line that is skipped, the first ones of many
   */
  LineInput(
      @Nullable String idColumn,
      @Nullable String textColumn,
      Consumer<String> reports,
      Consumer<List<Line>> taker) {
    this.idColumn = idColumn;
    this.textColumn = textColumn;
    this.reports = reports;
    this.taker = taker;
  }

  /**
   * Reads all files; what is typed is handed over as soon as no more is waiting.
   *
   * @return the number of lines that were skipped
   * @throws InputException if a file cannot be read or is not text, or its table lacks a column;
   *     the lines before are handed over first
   */
  long read(List<String> files) {
    try {
      for (String file : files) {
        if (file.equals(STANDARD_INPUT)) {
          read(TextSource.open(System.in, "the standard input")); // stays open
        } else {
          try (TextStream in = TextSource.open(Path.of(file))) {
            read(in);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the lines: " + e.getMessage(), e);
    } catch (InputException e) {
      handOver(); // what was read before it is scored
      throw e;
    }
    handOver();
    if (skipped > REPORTED) {
      reports.accept("%,d lines more were skipped".formatted(skipped - REPORTED));
    }
    return skipped;
  }

  private void read(TextStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(256);
    boolean table = idColumn != null || textColumn != null;
    long here = 0; // lines of this file
    boolean afterReturn = false;
    long length = 0;
    for (int b = in.read(); b >= 0; b = in.read()) {
      boolean whole = b == '\n' && afterReturn; // CR LF is one line end
      afterReturn = b == '\r';
      if (whole) {
        continue;
      }
      if (b != '\n' && b != '\r') {
        if (length++ < LONGEST) {
          line.write(b);
        }
        continue;
      }
      take(in, line, length, ++here, table);
      length = 0;
      if (waiting.size() >= MOST_LINES || characters > MOST_CHARACTERS || isIdle(in)) {
        handOver();
      }
    }
    if (length > 0) {
      take(in, line, length, here + 1, table);
    } else if (table && here == 0) {
      throw new InputException(in.name() + " is empty, where a table with a header is wanted.");
    }
  }

  private static boolean isIdle(TextStream in) throws IOException {
    return in.available() == 0;
  }

  private void take(
      TextStream in, ByteArrayOutputStream bytes, long length, long here, boolean table) {
    String place = in.name() + ", line " + here;
    byte[] content = bytes.toByteArray();
    bytes.reset();
    boolean header = table && here == 1;
    number += header ? 0 : 1;
    if (length > LONGEST) {
      skip(place + ": longer than %,d bytes, skipped".formatted(LONGEST), header);
      return;
    }
    String line;
    try {
      line = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
    } catch (CharacterCodingException _) {
      skip(place + ": not UTF-8 text, skipped", header);
      return;
    }
    if (here == 1 && line.startsWith("\uFEFF")) {
      line = line.substring(1);
    }
    if (header) {
      commas = line.indexOf('\t') < 0 && line.indexOf(',') >= 0;
      List<String> names = cells(line);
      if (names == null) {
        throw new InputException(place + ": a quotation mark that does not end.");
      }
      findColumns(in.name(), names);
    } else if (table) {
      takeRow(place, cells(line));
    } else {
      add(new Line(number, "", line, List.of(), List.of()));
    }
  }

  /** Returns the cells of a line of a table; null if a quoted one does not end on it. */
  private @Nullable List<String> cells(String line) {
    if (!commas) {
      return List.of(line.split("\t", -1));
    }
    List<String> cells = new ArrayList<>();
    int at = 0;
    while (at <= line.length()) {
      StringBuilder cell = new StringBuilder();
      while (at < line.length() && line.charAt(at) == '"') { // a part in quotation marks
        int end = line.indexOf('"', at + 1);
        if (end < 0) {
          return null;
        }
        cell.append(line, at + 1, end);
        at = end + 1;
        if (at < line.length() && line.charAt(at) == '"') {
          cell.append('"'); // two of them stand for one
        }
      }
      int comma = line.indexOf(',', at);
      int end = comma < 0 ? line.length() : comma;
      cells.add(cell.append(line, at, end).toString());
      at = end + 1;
    }
    return cells;
  }

  private void findColumns(String name, List<String> columns) {
    header = columns;
    id = idColumn == null ? -1 : column(name, columns, idColumn, "--id-column");
    if (textColumn != null) {
      text = column(name, columns, textColumn, "--text-column");
    } else if (columns.size() == 2) {
      text = 1 - id;
    } else {
      throw new InputException(
          "%s has the columns %s; name the one with the text by --text-column."
              .formatted(name, String.join(", ", columns)));
    }
  }

  private static int column(String name, List<String> columns, String wanted, String option) {
    int at = columns.indexOf(wanted);
    if (at < 0) {
      throw new InputException(
          "%s has no column '%s', which %s names; its first line has %s."
              .formatted(name, wanted, option, String.join(", ", columns)));
    }
    return at;
  }

  private void takeRow(String place, @Nullable List<String> row) {
    int last = Math.max(id, text);
    if (row == null) {
      skip(place + ": a quotation mark that does not end, skipped", false);
      return;
    }
    if (last >= row.size()) {
      skip(
          "%s: too few columns (%d of at least %d), skipped".formatted(place, row.size(), last + 1),
          false);
      return;
    }
    add(new Line(number, id < 0 ? "" : row.get(id), row.get(text), header, row));
  }

  private void add(Line line) {
    waiting.add(line);
    characters += line.text().length();
  }

  private void skip(String sentence, boolean header) {
    if (header) {
      throw new InputException(sentence.replace(", skipped", "") + "; a header is wanted there.");
    }
    if (++skipped <= REPORTED) {
      reports.accept(sentence);
    }
  }

  private void handOver() {
    List<Line> lines = List.copyOf(waiting);
    waiting.clear(); // first: lines whose score fails are not scored again
    characters = 0;
    if (!lines.isEmpty()) {
      taker.accept(lines);
    }
  }
}
