package org.lm4j.data;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.lm4j.InputException;
import org.lm4j.io.AtomicFile;
import org.lm4j.io.TextLines;

/** Files of pairs: {@code source<TAB>target}, one pair a line, UTF-8, no header. */
public final class PairFile {
  private PairFile() {}

  /**
   * Reads all pairs in the order of the file.
   *
   * @return at least one
   * @throws InputException if the file cannot be read or holds no pair, or a line has no tab, more
   *     than one, or nothing on one side of it
   */
  public static List<Pair> read(Path file) {
    List<Pair> pairs = new ArrayList<>();
    TextLines.read(file, (line, number) -> pairs.add(parse(line, TextLines.place(file, number))));
    if (pairs.isEmpty()) {
      throw new InputException(file + " holds no pairs; a line is source<TAB>target");
    }
    return List.copyOf(pairs);
  }

  private static Pair parse(String line, String place) {
    String[] columns = line.split("\t", -1);
    if (columns.length == 1) {
      throw new InputException(place + ": no tab between source and target");
    }
    if (columns.length > 2) {
      throw new InputException(
          "%s: %d columns, but a pair has two, source and target".formatted(place, columns.length));
    }
    if (columns[0].isBlank() || columns[1].isBlank()) {
      throw new InputException(
          place + ": the " + (columns[0].isBlank() ? "source" : "target") + " is empty");
    }
    return new Pair(columns[0], columns[1]);
  }

  /**
   * Writes pairs, in place of a file of that name.
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
