package org.lm4j.task.classify;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.data.Table;
import org.lm4j.data.TableColumns;
import org.lm4j.io.Json;
import org.lm4j.io.TextLines;

/**
 * Pairs of texts and their classes, such as entailment and paraphrase: {@code
 * label<TAB>first<TAB>second} on each line, a table whose header names these columns among others
 * (SNLI, MultiNLI, QQP, MRPC, PAWS), or one JSON object on each line with such names.
 */
public final class LabelledPairs {
  /** SNLI's label for pairs on which its annotators disagreed. */
  private static final String NO_LABEL = "-";

  private static final TableColumns COLUMNS =
      new TableColumns(
          List.of(
              column(
                  "label",
                  "label labels class category target gold goldlabel relation isduplicate duplicate"
                      + " quality entailment entailmentlabel entailmentjudgment paraphrase"
                      + " isparaphrase judgment"),
              column(
                  "first text",
                  "first text1 texta sentence1 sentencea s1 premise question1 q1 1string string1"
                      + " question query"),
              column(
                  "second text",
                  "second text2 textb sentence2 sentenceb s2 hypothesis question2 q2 2string"
                      + " string2 sentence answer")),
          3,
          false,
          "a pair of texts");

  private LabelledPairs() {}

  private static TableColumns.Column column(String name, String headers) {
    return new TableColumns.Column(name, Set.copyOf(Arrays.asList(headers.split(" ", -1))));
  }

  /**
   * Reads pairs; the text of each is the first and the second with a tab between them. Pairs with
   * the label {@code -} are skipped, since SNLI marks pairs without a majority so.
   *
   * @param notes receives one sentence for each notable fact about the form of the file
   * @throws InputException if it cannot be read, a line lacks a label or a text, the columns are
   *     swapped, or there is no pair
   */
  public static LabelledTexts read(Path file, Consumer<String> notes) {
    List<LabelledText> all = isJson(file) ? objects(file) : rows(file, notes);
    List<LabelledText> pairs = all.stream().filter(pair -> !pair.label().equals(NO_LABEL)).toList();
    if (pairs.isEmpty()) {
      throw new InputException(
          file + " holds no pairs; it needs label<TAB>first<TAB>second on each line");
    }
    if (pairs.size() < all.size()) {
      notes.accept(
          "%s: %,d pairs with the label '%s' are skipped, since it stands for no agreement"
              .formatted(file, all.size() - pairs.size(), NO_LABEL));
    }
    return new LabelledTexts(pairs, file.toString());
  }

  /**
   * Requires that a line is two texts with a tab between them.
   *
   * @param labels those the model knows
   * @throws InputException if it is not
   */
  public static void requirePair(String line, String place, Set<String> labels) {
    String[] cells = line.split("\t", -1);
    if (cells.length == 3 && labels.contains(cells[0].strip())) {
      throw new InputException(
          place + ": a label before the two texts; give the texts alone, with a tab between them");
    }
    if (cells.length != 2) {
      throw new InputException(
          "%s: %s; a pair is two texts with a tab between them"
              .formatted(place, cells.length == 1 ? "no tab" : cells.length - 1 + " tabs"));
    }
    for (int i = 0; i < cells.length; i++) {
      if (cells[i].isBlank()) {
        throw new InputException(
            place + ": the " + COLUMNS.columns().get(i + 1).name() + " is empty");
      }
    }
  }

  private static boolean isJson(Path file) {
    boolean[] json = new boolean[1];
    TextLines.readWhile(
        file,
        (line, number) -> {
          json[0] = line.strip().startsWith("{");
          return line.isBlank();
        });
    return json[0];
  }

  private static List<LabelledText> rows(Path file, Consumer<String> notes) {
    List<Table.Row> rows = Table.read(file, COLUMNS, notes);
    String swapped = Table.swapped(rows, 0, 1);
    if (swapped != null) {
      throw new InputException(
          "%s: %s; the columns seem to be swapped, a line is label<TAB>first<TAB>second"
              .formatted(file, swapped));
    }
    List<LabelledText> pairs = new ArrayList<>();
    for (Table.Row row : rows) {
      pairs.add(
          new LabelledText(
              row.cells().get(0), joined(row.cells().get(1), row.cells().get(2)), row.place()));
    }
    return pairs;
  }

  private static List<LabelledText> objects(Path file) {
    List<LabelledText> pairs = new ArrayList<>();
    TextLines.read(
        file,
        (line, number) -> {
          if (line.isBlank()) {
            return;
          }
          String place = TextLines.place(file, number);
          Map<?, ?> fields = Json.parseLine(line, place, Map.class);
          List<String> values = new ArrayList<>();
          for (TableColumns.Column column : COLUMNS.columns()) {
            values.add(value(fields, column, place));
          }
          pairs.add(new LabelledText(values.get(0), joined(values.get(1), values.get(2)), place));
        });
    return pairs;
  }

  private static String value(Map<?, ?> fields, TableColumns.Column column, String place) {
    @Nullable String name = null;
    for (Object each : fields.keySet()) {
      if (name == null && column.isMeantBy(String.valueOf(each))) {
        name = String.valueOf(each);
      }
    }
    if (name == null) {
      throw new InputException(
          "%s: no field for the %s, as 'label', 'sentence1' and 'sentence2' are"
              .formatted(place, column.name()));
    }
    Object value = fields.get(name);
    if (!(value instanceof String || value instanceof Number || value instanceof Boolean)) {
      throw new InputException(place + ": the field '" + name + "' is not a text or a number");
    }
    String text = value.toString().strip();
    if (text.isEmpty()) {
      throw new InputException(place + ": the " + column.name() + " is empty");
    }
    return text;
  }

  /**
   * Returns both texts on one line; tabs and line ends inside them separate words, as spaces do.
   */
  static String joined(String first, String second) {
    return first.replaceAll("[\\t\\r\\n]", " ") + "\t" + second.replaceAll("[\\t\\r\\n]", " ");
  }
}
