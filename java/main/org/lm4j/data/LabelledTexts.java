package org.lm4j.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.lm4j.InputException;
import org.lm4j.io.TextLines;

/**
 * Texts and their classes: from tables, {@code label<TAB>text} on each line, or from files that
 * hold the texts of one class, one on each line.
 *
 * @param all at least one
 * @param source what a message calls them
 */
public record LabelledTexts(List<LabelledText> all, String source) {
  /** What refuses a line where a text is missing. */
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

  /** The different labels, in the order of their names. */
  public List<String> labels() {
    return all.stream().map(LabelledText::label).distinct().sorted().toList();
  }

  /**
   * Reads a table.
   *
   * @throws InputException if it cannot be read, a line has no tab, no label or no text, or there
   *     is no line
   */
  public static LabelledTexts table(Path file) {
    List<LabelledText> texts = new ArrayList<>();
    TextLines.read(
        file,
        (line, number) -> {
          String place = TextLines.place(file, number);
          int tab = line.indexOf('\t');
          if (tab < 0) {
            throw new InputException(
                place + (line.isBlank() ? EMPTY : ": no tab between a label and its text"));
          }
          String label = line.substring(0, tab).strip();
          if (label.isEmpty()) {
            throw new InputException(place + ": the label is empty");
          }
          texts.add(new LabelledText(label, required(line.substring(tab + 1), place), place));
        });
    if (texts.isEmpty()) {
      throw new InputException(file + " holds no texts; it needs label<TAB>text on each line");
    }
    return new LabelledTexts(texts, file.toString());
  }

  /**
   * Reads files of one class each; a class may have several.
   *
   * @throws InputException if one cannot be read, has an empty line, or no line at all
   */
  public static LabelledTexts files(List<ClassFile> files) {
    List<LabelledText> texts = new ArrayList<>();
    for (ClassFile each : files) {
      List<String> lines = lines(each.file());
      if (lines.isEmpty()) {
        throw new InputException(each.file() + " holds no text of class '" + each.label() + "'");
      }
      for (int i = 0; i < lines.size(); i++) {
        texts.add(
            new LabelledText(each.label(), lines.get(i), TextLines.place(each.file(), i + 1)));
      }
    }
    String names =
        files.stream().map(each -> each.file().toString()).collect(Collectors.joining(", "));
    return new LabelledTexts(texts, names);
  }

  /**
   * Reads texts whose classes are not known, one on each line.
   *
   * @throws InputException if the file cannot be read, or has an empty line
   */
  public static List<String> lines(Path file) {
    List<String> lines = new ArrayList<>();
    TextLines.read(
        file, (line, number) -> lines.add(required(line, TextLines.place(file, number))));
    return lines;
  }

  /**
   * A text that was read.
   *
   * @param place file and line
   * @throws InputException if it is blank
   */
  public static String required(String text, String place) {
    if (text.isBlank()) {
      throw new InputException(place + EMPTY);
    }
    return text.strip();
  }
}
