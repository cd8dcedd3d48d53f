package org.lm4j.cli.frame;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.lm4j.InputException;
import org.lm4j.io.TextLines;
import org.lm4j.text.source.TextSource;
import org.lm4j.text.source.TextStream;

/**
 * The lines that a command answers, from a file or the standard input. They are handed over some at
 * a time, and those before a line that cannot be read or answered are handed over before the error
 * is reported: no answer is lost.
 *
 * @param file a path, or {@code -} for the standard input
 * @param most lines handed over together
 */
public record InputLines(String file, int most) {
  private static final String STANDARD_INPUT = "-";

  public boolean isStandardInput() {
    return file.equals(STANDARD_INPUT);
  }

  /** Returns the name of the text in messages. */
  public String name() {
    return isStandardInput() ? "the standard input" : file;
  }

  /** Returns a line of the text as messages name it. */
  public String place(int number) {
    return TextLines.place(name(), number);
  }

  /**
   * Reads all lines. What is typed is handed over as soon as no more lines are waiting.
   *
   * @param check sees each line first, and throws {@link InputException} if it cannot be answered
   * @throws InputException if the file cannot be read, a line is not UTF-8 or too long, or {@code
   *     check} refuses one
   */
  public void read(TextLines.Reader check, Consumer<List<String>> answer) {
    List<String> waiting = new ArrayList<>();
    try {
      if (isStandardInput()) {
        readStandardInput(check, waiting, answer);
      } else {
        TextLines.read(
            Path.of(file),
            (line, number) -> {
              check.take(line, number);
              waiting.add(line);
              if (waiting.size() == most) {
                handOver(waiting, answer);
              }
            });
      }
    } catch (InputException e) { // what was read before it is answered
      handOver(waiting, answer);
      throw e;
    }
    handOver(waiting, answer);
  }

  private void readStandardInput(
      TextLines.Reader check, List<String> waiting, Consumer<List<String>> answer) {
    try {
      TextStream in = TextSource.open(System.in, name()); // stays open: it is not this command's
      TextLines.read(
          in,
          (line, number) -> {
            check.take(line, number);
            waiting.add(line);
            if (waiting.size() == most || !isMoreWaiting(in)) {
              handOver(waiting, answer);
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the standard input: " + e.getMessage(), e);
    }
  }

  private static boolean isMoreWaiting(TextStream in) {
    try {
      return in.available() > 0;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the standard input: " + e.getMessage(), e);
    }
  }

  private static void handOver(List<String> waiting, Consumer<List<String>> answer) {
    List<String> lines = List.copyOf(waiting);
    waiting.clear(); // first: lines whose answer fails are not answered again
    if (!lines.isEmpty()) {
      answer.accept(lines);
    }
  }
}
