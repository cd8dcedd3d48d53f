package org.lm4j.cli.lm;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import org.lm4j.task.lm.GenerationUnit;
import org.lm4j.task.lm.Generator;

/**
 * Continues one line after another with the state kept from line to line, as if all lines and
 * continuations were one text: a line end stands before each line but the first. A model of lines
 * or documents begins anew with each line, since its texts do not follow each other.
 */
final class Conversation {
  private final Generator generator;
  private final GenerationUnit unit;
  private final String beginning;
  private final OutputStream sink;
  private Generator.Request request;
  private boolean begun;

  /**
   * Creates a conversation.
   *
   * @param beginning text that is read before the first line, and again after each {@link #reset}
   * @param sink receives each continuation and a line end
   */
  Conversation(
      Generator generator,
      GenerationUnit unit,
      String beginning,
      Generator.Request request,
      OutputStream sink) {
    this.generator = generator;
    this.unit = unit;
    this.beginning = beginning;
    this.request = request;
    this.sink = sink;
  }

  /** Forgets all lines: the next one begins a text. */
  void reset() {
    begun = false;
  }

  /**
   * Writes the continuation of a line.
   *
   * @throws org.lm4j.InputException if the model does not know the line's text; the state stays
   */
  void answer(String line) {
    try (OutputStream out = new PacedOutput(sink)) {
      if (begun && unit.segmentation().isStream()) {
        generator.resume(next(unit.vocabulary().encode(line)), request, out);
      } else {
        generator.generate(unit.prompt(beginning + line), request, out);
      }
      begun = true;
      request = request.another(request.sample() + 1);
      out.write('\n');
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the ids of a line behind a line end. */
  private int[] next(int[] line) {
    int lineEnd = unit.vocabulary().lineEnd();
    if (generator.isAtLineEnd() || lineEnd < 0) {
      return line;
    }
    int[] all = new int[line.length + 1];
    all[0] = lineEnd;
    System.arraycopy(line, 0, all, 1, line.length);
    return all;
  }
}
