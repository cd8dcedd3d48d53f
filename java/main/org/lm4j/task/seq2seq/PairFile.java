package org.lm4j.task.seq2seq;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.lm4j.InputException;
import org.lm4j.data.Table;
import org.lm4j.data.TableColumns;
import org.lm4j.data.TableLines;
import org.lm4j.io.AtomicFile;

/** Files of pairs: {@code source<TAB>target}, one pair a line, UTF-8. */
public final class PairFile {
  private PairFile() {}

  /**
   * Reads all pairs, ignoring notes about the form of the file.
   *
   * @return at least one
   * @throws InputException as {@link #read(Path, Consumer)}
   */
  public static List<Pair> read(Path file) {
    return read(file, note -> {});
  }

  /**
   * Reads all pairs in the order of the file. A first line that names the columns, or languages, is
   * skipped.
   *
   * @param notes receives notes about the form of the file
   * @return at least one
   * @throws InputException if the file cannot be read or holds no pair, or a line has no tab, more
   *     than one, or nothing on one side of it
   */
  public static List<Pair> read(Path file, Consumer<String> notes) {
    List<Table.Row> rows = Table.read(file, TableColumns.PAIRS, notes);
    if (rows.isEmpty()) {
      throw new InputException(file + " holds no pairs; a line is source<TAB>target");
    }
    return rows.stream().map(row -> new Pair(row.cells().get(0), row.cells().get(1))).toList();
  }

  /** Returns whether a line to translate is what a header calls the column of the sources. */
  public static boolean isHeader(String line) {
    return TableColumns.PAIRS.columns().getFirst().isMeantBy(line.strip());
  }

  /** Returns whether a line to translate is enclosed in double quotes, as spreadsheets write it. */
  public static boolean isQuoted(String line) {
    return TableLines.isQuoted(line);
  }

  /**
   * Writes pairs to a file, replacing one of the same name.
   *
   * @throws java.io.UncheckedIOException if it cannot be written
   */
  public static void write(Path file, List<Pair> pairs) {
    StringBuilder lines = new StringBuilder();
    for (Pair pair : pairs) {
      lines.append(pair.source()).append('\t').append(pair.target()).append('\n');
    }
    AtomicFile.writeBytes(file, lines.toString().getBytes(StandardCharsets.UTF_8));
  }
}
