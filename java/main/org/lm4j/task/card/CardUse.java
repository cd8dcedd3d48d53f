package org.lm4j.task.card;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.regex.Pattern;
import org.lm4j.model.ModelKind;

/**
 * What a card says of all models of a kind, from the resource {@code use.md}.
 *
 * @param pipeline the name of the task on the Hugging Face Hub
 * @param tag the most telling tag
 * @param text what it is for and how to use it, as Markdown, with {@code MODEL} for the folder
 */
record CardUse(String pipeline, String tag, String text) {
  private static final String FILE = "use.md";
  private static final String SECTION = "@ ";
  private static final String PROGRAM = "```java";
  private static final String FOLDER = "MODEL";
  private static final Pattern PLAIN = Pattern.compile("[\\w./:@%+=,-]+"); // to a shell

  /** Returns the section of a kind. */
  static CardUse of(ModelKind kind) {
    String heading = kind == ModelKind.LANGUAGE_MODEL ? "language model" : kind.label();
    String all = "\n" + resource();
    String begin = "\n" + SECTION + heading + "\n";
    int from = all.indexOf(begin);
    if (from < 0) {
      throw new IllegalStateException(FILE + " has no section for " + heading);
    }
    int end = all.indexOf("\n" + SECTION, from + 1);
    String[] parts =
        all.substring(from + begin.length(), end < 0 ? all.length() : end).split("\n", 3);
    return new CardUse(
        parts[0].substring("pipeline ".length()), parts[1].substring("tag ".length()), parts[2]);
  }

  /** Returns the sentences about its purpose. */
  String purpose() {
    return text.substring(0, text.indexOf("```")).strip();
  }

  /** Returns commands and a program for a model folder of this name, which both quote. */
  String examples(String folder) {
    int program = text.indexOf(PROGRAM);
    String commands = text.substring(text.indexOf("```"), program);
    return commands.replace(FOLDER, shellWord(folder))
        + text.substring(program).replace(FOLDER, javaText(folder)).strip();
  }

  private static String shellWord(String name) {
    return PLAIN.matcher(name).matches() ? name : "'" + name.replace("'", "'\\''") + "'";
  }

  private static String javaText(String name) {
    return name.replace("\\", "\\\\").replace("\"", "\\\"");
  }

  private static String resource() {
    try (InputStream file = CardUse.class.getResourceAsStream(FILE)) {
      return new String(Objects.requireNonNull(file).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
