package org.lm4j.task.vqa;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.lm4j.InputException;
import org.lm4j.data.Table;
import org.lm4j.data.TableColumns;

/**
 * A table of questions, one on each line: {@code image<TAB>question<TAB>answer}, and an optional
 * fourth column with the kind of the question.
 */
public final class QuestionFile {
  private static final int FEW = 6; // questions, from which answers are expected to repeat

  private QuestionFile() {}

  /**
   * Reads all questions, ignoring notes about the form of the file.
   *
   * @throws InputException as {@link #read(Path, Consumer)}
   */
  public static List<Question> read(Path file) {
    return read(file, note -> {});
  }

  /**
   * Reads all questions, in the order of the file. Empty lines are skipped, and so is a first line
   * that names the columns.
   *
   * @param notes receives one sentence for each notable fact about its form
   * @throws InputException if the file cannot be read, a line does not have three or four columns,
   *     one of the first three is empty, questions and answers are swapped, or there are no
   *     questions
   */
  public static List<Question> read(Path file, Consumer<String> notes) {
    List<Table.Row> rows = Table.read(file, TableColumns.QUESTIONS, notes);
    if (rows.isEmpty()) {
      throw new InputException(file + " has no questions");
    }
    String swapped = Table.swapped(rows, 2, 1);
    if (swapped != null) {
      throw new InputException(
          "%s: %s; the columns seem to be swapped, a line is image<TAB>question<TAB>answer"
              .formatted(file, swapped.replace("labels", "answers").replace("texts", "questions")));
    }
    int words = words(rows, 1);
    if (rows.size() >= FEW && words < 2 * rows.size() && words(rows, 2) > 2 * words) {
      throw new InputException(
          "%s: questions such as '%s' have hardly a word, and answers such as '%s' more; the columns seem to be swapped, a line is image<TAB>question<TAB>answer"
              .formatted(
                  rows.getFirst().place(),
                  rows.getFirst().cells().get(1),
                  rows.getFirst().cells().get(2)));
    }
    int answers = Table.different(rows, 2);
    if (rows.size() >= FEW && 10L * answers > 9L * rows.size()) {
      notes.accept(
          "%s has %,d different answers to %,d questions".formatted(file, answers, rows.size()));
    }
    return rows.stream().map(QuestionFile::question).toList();
  }

  private static int words(List<Table.Row> rows, int column) {
    return rows.stream().mapToInt(row -> row.cells().get(column).split("\\s+", -1).length).sum();
  }

  private static Question question(Table.Row row) {
    List<String> cells = row.cells();
    return new Question(
        cells.get(0),
        cells.get(1),
        cells.get(2),
        cells.size() > 3 ? cells.get(3) : "",
        row.place());
  }
}
