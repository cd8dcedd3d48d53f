package org.lm4j.task.scenes;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.io.TextLines;

/**
 * The cells of the grid that the words of captions name, against which attention is evaluated. Read
 * from lines of {@code image<TAB>caption<TAB>cells}, one number or {@code -} for each word of the
 * caption; blank lines are skipped.
 */
public final class WordCells {
  private record Key(String image, List<String> words) {}

  private final Map<Key, List<Integer>> cells = new HashMap<>();

  private WordCells() {}

  /**
   * Reads a file.
   *
   * @throws InputException if it cannot be read, or a line is malformed or repeats another
   */
  public static WordCells read(Path file) {
    WordCells all = new WordCells();
    TextLines.read(file, (line, number) -> all.add(line, TextLines.place(file, number)));
    return all;
  }

  private void add(String line, String place) {
    if (line.isBlank()) {
      return;
    }
    String[] columns = line.split("\t", -1);
    if (columns.length != 3) {
      throw new InputException(
          place + ": image, caption and cells with tabs between them are needed");
    }
    List<String> words = List.of(columns[1].split(" ", -1));
    List<Integer> numbers = new ArrayList<>();
    for (String cell : columns[2].split(" ", -1)) {
      if (!cell.matches("-|\\d{1,6}")) {
        throw new InputException(place + ": '" + cell + "' is neither a cell nor -");
      }
      numbers.add(cell.equals("-") ? -1 : Integer.parseInt(cell));
    }
    if (numbers.size() != words.size()) {
      throw new InputException(
          place + ": " + words.size() + " words, but " + numbers.size() + " cells");
    }
    if (cells.put(new Key(columns[0], words), List.copyOf(numbers)) != null) {
      throw new InputException(
          place + ": the cells of this caption of image '" + columns[0] + "' were given before");
    }
  }

  /** Returns for each word the cell it names or −1; null for a caption that is not in the file. */
  public @Nullable List<Integer> of(String image, List<String> words) {
    return cells.get(new Key(image, List.copyOf(words)));
  }
}
