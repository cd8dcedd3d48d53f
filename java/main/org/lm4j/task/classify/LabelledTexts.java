package org.lm4j.task.classify;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.lm4j.InputException;
import org.lm4j.data.Table;
import org.lm4j.data.TableColumns;
import org.lm4j.data.TableLines;
import org.lm4j.io.TextLines;

/**
 * Texts and their classes: from tables, {@code label<TAB>text} on each line, or from files that
 * hold the texts of one class, one on each line.
 *
 * @param all at least one
 * @param source what a message calls them
 */
public record LabelledTexts(List<LabelledText> all, String source) {
  private static final int FEW = 6; // texts, from which labels are expected to repeat
  private static final int HEADER_WORDS = 3;

  /** The message for a line whose text is missing. */
  private static final String EMPTY = ": the text is empty";

  /**
   * A file of texts of one class.
   *
   * @param label not empty
   */
  public record ClassFile(String label, Path file) {}

  /** Copies the list. */
  public LabelledTexts {
    all = List.copyOf(all);
  }

  /** Returns the different labels, in the order of their names. */
  public List<String> labels() {
    return all.stream().map(LabelledText::label).distinct().sorted().toList();
  }

  /**
   * Reads a table, ignoring notes about its form.
   *
   * @throws InputException as {@link #table(Path, Consumer)}
   */
  public static LabelledTexts table(Path file) {
    return table(file, note -> {});
  }

  /**
   * Reads a table. A first line that names the columns is skipped, and says which are read.
   *
   * @param notes receives one sentence for each notable fact about its form
   * @throws InputException if it cannot be read, a line has no tab, no label or no text, the
   *     columns are swapped, or there is no line
   */
  public static LabelledTexts table(Path file, Consumer<String> notes) {
    List<Table.Row> rows = Table.read(file, TableColumns.LABELLED, notes);
    if (rows.isEmpty()) {
      throw new InputException(file + " holds no texts; it needs label<TAB>text on each line");
    }
    if (rows.size() >= FEW
        && Table.different(rows, 0) == rows.size()
        && rows.stream().allMatch(row -> row.cells().get(1).indexOf('\t') >= 0)) {
      throw new InputException(
          "%s: the first column, '%s' and so on, differs in each line, as numbers of lines do; a line is label<TAB>text"
              .formatted(file, rows.getFirst().cells().getFirst()));
    }
    String swapped = Table.swapped(rows, 0, 1);
    if (swapped != null) {
      throw new InputException(
          "%s: %s; the columns seem to be swapped, a line is label<TAB>text"
              .formatted(file, swapped));
    }
    List<LabelledText> texts = new ArrayList<>();
    for (Table.Row row : rows) {
      texts.add(new LabelledText(row.cells().get(0), row.cells().get(1), row.place()));
    }
    return new LabelledTexts(texts, file.toString());
  }

  /**
   * Checks that classes can be learned: that labels repeat, and that the first line is not the only
   * one of its class, as a header in another language would be.
   *
   * @param notes receives one sentence if there are many classes for few texts
   * @throws InputException if nearly every text has a unique class, or only the first line has
   */
  public void requireLearnable(Consumer<String> notes) {
    Map<String, Integer> counts = new HashMap<>();
    all.forEach(text -> counts.merge(text.label(), 1, Integer::sum));
    int classes = counts.size();
    if (all.size() >= FEW && 10L * classes > 9L * all.size()) {
      throw new InputException(
          "%s has %,d different labels for %,d texts, such as '%s': a line is label<TAB>text, and a class needs several texts"
              .formatted(source, classes, all.size(), all.getFirst().label()));
    }
    LabelledText first = all.getFirst();
    boolean odd =
        all.size() >= FEW
            && classes > 2
            && counts.entrySet().stream()
                .allMatch(each -> (each.getValue() == 1) == each.getKey().equals(first.label()));
    if (odd && first.text().split("\\s+", -1).length <= HEADER_WORDS) {
      throw new InputException(
          "%s: seems to be a header ('%s', '%s'), since its class alone has one text; remove the line, or move it if it is a text"
              .formatted(first.place(), first.label(), first.text()));
    }
    boolean single = all.size() >= FEW && classes > 2 && counts.getOrDefault(first.label(), 0) == 1;
    if (single && first.text().split("\\s+", -1).length == 1) {
      notes.accept(
          "%s ('%s', '%s') is the only text of its class; remove it if it is a header"
              .formatted(first.place(), first.label(), first.text()));
    }
    if (ofSeveralWords(LabelledText::label) > 0.5 && ofSeveralWords(LabelledText::text) == 0) {
      notes.accept(
          "the labels of %s have several words, such as '%s', and the texts one; are the columns swapped?"
              .formatted(source, first.label()));
    }
    if (all.size() >= FEW && 2L * classes > all.size()) {
      notes.accept(
          "%s has %,d different labels for %,d texts".formatted(source, classes, all.size()));
    }
  }

  private double ofSeveralWords(Function<LabelledText, String> part) {
    return Table.ofSeveralWords(all.stream().map(part).toList());
  }

  /**
   * Reads files of one class each; a class may have several.
   *
   * @throws InputException if one cannot be read, has an empty line, or no line at all, or a line
   *     is one of a table, with a label beside its text
   */
  public static LabelledTexts files(List<ClassFile> files) {
    List<LabelledText> texts = new ArrayList<>();
    Set<String> labels = files.stream().map(ClassFile::label).collect(Collectors.toSet());
    for (ClassFile each : files) {
      List<String> lines = lines(each.file());
      if (lines.isEmpty()) {
        throw new InputException(each.file() + " holds no text of class '" + each.label() + "'");
      }
      for (int i = 0; i < lines.size(); i++) {
        if (beside(lines.get(i), labels) == Beside.LABEL) {
          throw InputException.naming(
              "%s: a line of a table, a label and a text with a tab between them; read tables with {corpus}"
                  .formatted(TextLines.place(each.file(), i + 1)));
        }
        texts.add(
            new LabelledText(each.label(), lines.get(i), TextLines.place(each.file(), i + 1)));
      }
    }
    String names =
        files.stream().map(each -> each.file().toString()).collect(Collectors.joining(", "));
    return new LabelledTexts(texts, names);
  }

  /**
   * Reads texts whose classes are not known, one on each line. Blank lines at the end are skipped.
   *
   * @throws InputException if the file cannot be read, or has a blank line before others
   */
  public static List<String> lines(Path file) {
    List<String> lines = new ArrayList<>();
    int[] blank = new int[1]; // the first of those that may be at the end
    TextLines.read(
        file,
        (line, number) -> {
          if (line.isBlank()) {
            blank[0] = blank[0] == 0 ? number : blank[0];
            return;
          }
          if (blank[0] > 0) {
            throw new InputException(TextLines.place(file, blank[0]) + EMPTY);
          }
          lines.add(line.strip());
        });
    return lines;
  }

  /** The signs that a line to classify is a line of a table. */
  public enum Beside {
    /** Nothing. */
    NOTHING,
    /** A label and a tab, or a tab and a label. */
    LABEL,
    /** A tab. */
    TAB,
    /** A label and a comma, or the mark of fastText. */
    PERHAPS_LABEL,
    /** Double quotes around the whole line, as spreadsheets write them. */
    QUOTES
  }

  /**
   * Returns what a line to classify has besides its text.
   *
   * @param labels the labels that the model knows
   */
  public static Beside beside(String line, Set<String> labels) {
    int tab = line.indexOf('\t');
    if (tab < 0) {
      int comma = line.indexOf(',');
      boolean labelled = comma > 0 && labels.contains(bare(line.substring(0, comma)));
      return labelled || line.startsWith("__label__")
          ? Beside.PERHAPS_LABEL
          : TableLines.isQuoted(line) ? Beside.QUOTES : Beside.NOTHING;
    }
    String first = bare(line.substring(0, tab));
    String last = bare(line.substring(line.lastIndexOf('\t') + 1));
    boolean header =
        TableColumns.LABELLED.columns().stream()
            .allMatch(c -> c.isMeantBy(first) || c.isMeantBy(last));
    return labels.contains(first) || labels.contains(last) || header ? Beside.LABEL : Beside.TAB;
  }

  /** Returns whether a line is what a header calls the column of the texts. */
  public static boolean isHeader(String line) {
    return TableColumns.LABELLED.columns().getLast().isMeantBy(bare(line));
  }

  private static String bare(String cell) {
    String text = cell.strip();
    boolean quoted = text.length() > 1 && text.startsWith("\"") && text.endsWith("\"");
    return quoted ? text.substring(1, text.length() - 1) : text;
  }
}
