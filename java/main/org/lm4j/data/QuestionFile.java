package org.lm4j.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.lm4j.InputException;
import org.lm4j.io.TextLines;

/**
 * A table of questions, one on each line: {@code image<TAB>question<TAB>answer}, and a fourth
 * column with the kind of the question if one likes.
 */
public final class QuestionFile {
  private QuestionFile() {}

  /**
   * Reads all questions, in the order of the file. Empty lines are passed over.
   *
   * @throws InputException if the file cannot be read, a line has not three or four columns, one of
   *     the first three is empty, or there are no questions
   */
  public static List<Question> read(Path file) {
    List<Question> questions = new ArrayList<>();
    TextLines.read(
        file,
        (line, number) -> {
          if (line.isBlank()) {
            return;
          }
          String place = TextLines.place(file, number);
          String[] columns = line.split("\t", -1);
          if (columns.length < 3 || columns.length > 4) {
            throw new InputException(
                place
                    + ": image, question and answer with tabs between them are needed, and at most"
                    + " a kind after them");
          }
          for (int i = 0; i < 3; i++) {
            if (columns[i].isBlank()) {
              throw new InputException(
                  place + ": the " + List.of("image", "question", "answer").get(i) + " is empty");
            }
          }
          questions.add(
              new Question(
                  columns[0].strip(),
                  columns[1].strip(),
                  columns[2].strip(),
                  columns.length == 4 ? columns[3].strip() : "",
                  place));
        });
    if (questions.isEmpty()) {
      throw new InputException(file + " has no questions");
    }
    return List.copyOf(questions);
  }
}
