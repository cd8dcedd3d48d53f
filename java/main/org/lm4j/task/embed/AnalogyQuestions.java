package org.lm4j.task.embed;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.lm4j.InputException;
import org.lm4j.data.ColumnNames;
import org.lm4j.io.TextLines;

/**
 * Reads files of analogy questions, such as word2vec's questions-words.txt: what is to C as B is to
 * A?
 */
public final class AnalogyQuestions {
  private AnalogyQuestions() {}

  /**
   * A section of questions of one kind.
   *
   * @param questions four words each: A, B, C and the answer
   */
  public record Section(String name, List<List<String>> questions) {}

  /**
   * Reads a file: lines of four words, and lines {@code : NAME} that begin a section. A first line
   * {@code word1 word2 word3 word4} or similar is a header, which is skipped.
   *
   * @param lowerCase whether to convert all words to lower case
   * @throws InputException if it cannot be read, a line is neither, or there is no question
   */
  public static List<Section> read(Path file, boolean lowerCase) {
    List<Section> sections = new ArrayList<>();
    TextLines.read(
        file,
        (line, number) -> {
          String text = lowerCase ? line.strip().toLowerCase(Locale.ROOT) : line.strip();
          if (text.startsWith(":")) {
            sections.add(new Section(text.substring(1).strip(), new ArrayList<>()));
          } else if (!text.isEmpty()) {
            List<String> words = List.of(text.split("\\s+", -1));
            if (words.size() != 4) {
              throw new InputException(
                  "%s: %d words where there should be four, or ': NAME'"
                      .formatted(TextLines.place(file, number), words.size()));
            }
            if (number == 1 && ColumnNames.ofQuestions(words)) {
              System.getLogger(AnalogyQuestions.class.getName())
                  .log(
                      System.Logger.Level.WARNING,
                      TextLines.place(file, number) + " is a header (" + text + "); skipped");
              return;
            }
            if (sections.isEmpty()) {
              sections.add(new Section("questions", new ArrayList<>()));
            }
            sections.getLast().questions().add(words);
          }
        });
    if (sections.stream().allMatch(section -> section.questions().isEmpty())) {
      throw new InputException(file + " holds no questions.");
    }
    return sections;
  }
}
