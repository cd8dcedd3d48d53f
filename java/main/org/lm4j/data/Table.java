package org.lm4j.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.io.TextLines;
import org.lm4j.text.source.TextStream;

/**
 * A table read from a tab-separated file. This class alone decides the form of a table: whether its
 * first line is a header, which column is which, and whether fields are quoted. Blank lines are
 * skipped.
 */
public final class Table {
  private static final Pattern SEVERAL_WORDS = Pattern.compile("\\s");

  private final Path file;
  private final TableColumns kind;
  private final Consumer<String> notes;
  private final List<String> lines = new ArrayList<>();
  private final List<Integer> numbers = new ArrayList<>(); // of the lines in the file

  /**
   * A line of a table.
   *
   * @param cells the cells in the order of the kind's columns, without surrounding white space
   *     unless the kind keeps it; an optional last one may be missing
   * @param place file and line, for messages
   * @param number the line number in the file, counted from 1
   */
  public record Row(List<String> cells, String place, int number) {}

  private Table(Path file, TableColumns kind, Consumer<String> notes) {
    this.file = file;
    this.kind = kind;
    this.notes = notes;
  }

  /**
   * Reads a table.
   *
   * @param notes receives one sentence for each notable fact about its form
   * @return its rows without a header; none for an empty file
   * @throws InputException if the file cannot be read, a line has too few or too many columns, or a
   *     needed cell is blank
   */
  public static List<Row> read(Path file, TableColumns kind, Consumer<String> notes) {
    Table table = new Table(file, kind, notes);
    TextLines.read(file, table::add);
    return table.rows();
  }

  /**
   * Reads a table from an open file.
   *
   * @throws IOException if it cannot be read
   */
  public static List<Row> read(TextStream in, Path file, TableColumns kind, Consumer<String> notes)
      throws IOException {
    Table table = new Table(file, kind, notes);
    TextLines.read(in, table::add);
    return table.rows();
  }

  private void add(String line, int number) {
    if (!line.isBlank()) {
      lines.add(line);
      numbers.add(number);
    }
  }

  private String place(int row) {
    return TextLines.place(file, numbers.get(row));
  }

  private List<Row> rows() {
    if (lines.isEmpty()) {
      return List.of();
    }
    TableLines form = new TableLines(lines);
    noteQuotes(form);
    List<List<String>> cells = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      List<String> cut = form.cut(lines.get(i));
      if (cut.size() < 2) {
        throw new InputException(place(i) + noTab(i));
      }
      cells.add(cut);
    }
    int[] header = TableHeader.columns(kind, cells);
    if (header != null) {
      noteHeader(header, cells.getFirst());
    }
    int[] order = header != null ? header : new int[0];
    boolean licensed = header == null && hasLicence(cells);
    List<Row> rows = new ArrayList<>();
    int repeated = 0;
    for (int i = header == null ? 0 : 1; i < cells.size(); i++) {
      if (header != null && cells.get(i).equals(cells.getFirst())) {
        repeated = repeated == 0 ? i : repeated;
        continue;
      }
      List<String> own = licensed ? cells.get(i).subList(0, 2) : cells.get(i);
      int width = header == null ? own.size() : cells.getFirst().size();
      rows.add(row(own, order, width, i));
    }
    if (repeated > 0) {
      notes.accept(place(repeated) + " is the header again, as where files were joined; skipped");
    }
    if (header == null) {
      if (TableHeader.mayBe(kind, cells)) {
        notes.accept(
            "%s (%s) is read as %s; if it is a header, take it out"
                .formatted(place(0), String.join(", ", cells.getFirst()), kind.what()));
      }
      noteWidth(cells);
    }
    return rows;
  }

  private String noTab(int i) {
    if (i > 0 && TableLines.opensQuote(lines.get(i - 1))) {
      return ": the quoted field that begins in line %d goes over several lines; a line is %s"
          .formatted(numbers.get(i - 1), kind.form());
    }
    String no = kind.needed() == 2 ? ": no tab between " : ": no tabs between ";
    return no + kind.between() + otherForm(lines.get(i));
  }

  /** Describes what a malformed line seems to be, for the message. */
  private static String otherForm(String line) {
    String text = line.strip();
    String seems =
        text.startsWith("{") || text.startsWith("[{")
            ? "this seems to be JSON"
            : text.startsWith("__label__")
                ? "this seems to be fastText's form"
                : text.contains(" ||| ")
                    ? "columns seem to be separated by |||"
                    : text.indexOf(',') >= 0
                        ? "columns seem to be separated by commas"
                        : text.indexOf(';') >= 0
                            ? "columns seem to be separated by semicolons"
                            : text.indexOf('|') >= 0 ? "columns seem to be separated by |" : "";
    return seems.isEmpty() ? "" : "; " + seems + ", save the table with tabs";
  }

  private Row row(List<String> cells, int[] order, int width, int i) {
    boolean mapped = order.length > 0;
    int least = mapped ? width : kind.needed();
    int most = mapped ? width : kind.most();
    boolean restIsLast = kind.rest() && (!mapped || order[kind.most() - 1] == width - 1);
    if ((cells.size() < least && !(mapped && isEnough(cells.size(), order)))
        || (cells.size() > most && !restIsLast)) {
      throw new InputException(place(i) + widthMessage(cells.size(), mapped ? width : 0));
    }
    List<String> chosen = new ArrayList<>();
    for (int c = 0; c < kind.columns().size(); c++) {
      int from = mapped ? order[c] : c;
      if (from < 0 || from >= cells.size()) {
        break; // an optional one
      }
      boolean takesRest = restIsLast && c == kind.most() - 1;
      String cell =
          takesRest ? String.join("\t", cells.subList(from, cells.size())) : cells.get(from);
      if (cell.isBlank() && c < kind.needed()) {
        throw new InputException(place(i) + emptyMessage(c, chosen));
      }
      chosen.add(kind.keepsSpace() ? cell : cell.strip());
    }
    return new Row(List.copyOf(chosen), place(i), numbers.get(i));
  }

  /** Returns whether all required columns are present; columns after them may be missing. */
  private boolean isEnough(int width, int[] order) {
    for (int c = 0; c < kind.needed(); c++) {
      if (order[c] >= width) {
        return false;
      }
    }
    return true;
  }

  private String widthMessage(int width, int header) {
    if (header > 0) {
      return ": %d columns, but the header has %d".formatted(width, header);
    }
    if (kind.equals(TableColumns.PAIRS)) {
      return ": %d columns, but a pair has two, source and target; cut the others off"
          .formatted(width);
    }
    String needed = ": " + kind.names() + " with tabs between them are needed";
    return kind.most() == kind.needed()
        ? needed + ", not %d columns".formatted(width)
        : needed + ", and at most a kind after them";
  }

  private String emptyMessage(int column, List<String> before) {
    if (kind.equals(TableColumns.CAPTIONS)) {
      return column == 0
          ? ": the name of the image is empty"
          : ": the caption of image '" + before.getFirst() + "' is empty";
    }
    return ": the " + kind.columns().get(column).name() + " is empty";
  }

  /** Returns whether there is a third column with a source and licence, as Anki's pairs have. */
  private boolean hasLicence(List<List<String>> cells) {
    boolean has =
        kind.equals(TableColumns.PAIRS)
            && cells.stream().allMatch(row -> row.size() == 3 && row.get(2).startsWith("CC-BY"));
    if (has) {
      notes.accept(file + " has a third column with a licence, which is not read");
    }
    return has;
  }

  private void noteQuotes(TableLines form) {
    if (form.quoted()) {
      notes.accept(file + " has fields in double quotes, which are read without them");
    } else if (form.quotedFields() > 0) {
      notes.accept(
          "%s: %,d fields begin and end with a double quote, which is read as a part of them"
              .formatted(file, form.quotedFields()));
    }
  }

  private void noteHeader(int[] order, List<String> header) {
    boolean plain = header.size() <= kind.most();
    for (int c = 0; c < order.length; c++) {
      plain &= order[c] == c || order[c] < 0;
    }
    List<String> where = new ArrayList<>();
    for (int c = 0; c < order.length && !plain; c++) {
      if (order[c] >= 0) {
        where.add("%s from column %d".formatted(kind.columns().get(c).name(), order[c] + 1));
      }
    }
    notes.accept(
        "%s is a header (%s), not %s%s"
            .formatted(
                place(0),
                String.join(", ", header),
                kind.what(),
                where.isEmpty() ? "" : ": reading " + String.join(", ", where)));
  }

  /** Notes that every line has more columns than needed, the last of which takes the rest. */
  private void noteWidth(List<List<String>> cells) {
    int width = cells.getFirst().size();
    if (kind.rest()
        && width > kind.most()
        && cells.size() > 1
        && cells.stream().allMatch(row -> row.size() == width)) {
      notes.accept(
          "each line of %s has %d columns: the first is read as the %s, all others as the %s"
              .formatted(
                  file, width, kind.columns().getFirst().name(), kind.columns().getLast().name()));
    }
  }

  /** Returns the number of different values in a column. */
  public static int different(List<Row> rows, int column) {
    Set<String> values = new HashSet<>();
    rows.forEach(row -> values.add(row.cells().get(column)));
    return values.size();
  }

  /** Returns the fraction of texts with several words, in [0, 1]. */
  public static double ofSeveralWords(List<String> texts) {
    long several =
        texts.stream().filter(text -> SEVERAL_WORDS.matcher(text.strip()).find()).count();
    return texts.isEmpty() ? 0 : (double) several / texts.size();
  }

  private static double ofSeveralWords(List<Row> rows, int column) {
    return ofSeveralWords(rows.stream().map(row -> row.cells().get(column)).toList());
  }

  /**
   * Returns the evidence that a column of labels or answers is swapped with a column of texts; null
   * if they seem right.
   *
   * @param label the column of labels
   * @param text the column of texts
   */
  public static @Nullable String swapped(List<Row> rows, int label, int text) {
    int labels = different(rows, label);
    int texts = different(rows, text);
    boolean fewer = texts < labels && rows.size() >= 4;
    boolean wordsAsTexts = ofSeveralWords(rows, text) == 0 && ofSeveralWords(rows, label) > 0.5;
    boolean hardlyRepeated = 2 * labels > rows.size() && 4 * texts <= labels;
    return fewer && (wordsAsTexts || hardlyRepeated)
        ? "%,d different values where labels should be, and %,d where texts should be"
            .formatted(labels, texts)
        : null;
  }
}
