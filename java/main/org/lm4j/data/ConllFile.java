package org.lm4j.data;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.lm4j.InputException;
import org.lm4j.io.IoErrors;
import org.lm4j.io.TextLines;

/**
 * Reads sentences in the columns of the CoNLL shared tasks: a token a line, its columns separated
 * by spaces or tabs, as many of them on each line; a blank line ends a sentence. Lines that begin
 * with {@code -DOCSTART-} (CoNLL-2003) separate like blank ones and are passed over.
 */
public final class ConllFile {
  /** The most tokens of a sentence: beyond it a blank line is missing. */
  public static final int MOST_TOKENS = 4096;

  private static final String DOCUMENT = "-DOCSTART-";

  private ConllFile() {}

  /**
   * All sentences of a file.
   *
   * @throws InputException if it cannot be read, a line has another number of columns than those
   *     before, a sentence is endless, or there is no sentence
   */
  public static List<ConllSentence> read(Path file) {
    List<ConllSentence> sentences = new ArrayList<>();
    read(file, sentences::add);
    if (sentences.isEmpty()) {
      throw new InputException(file + " holds no sentence; it needs a token on each line");
    }
    return sentences;
  }

  /**
   * Hands over each sentence.
   *
   * @throws InputException as {@link #read(Path)}, but that a file may be empty
   */
  public static void read(Path file, Consumer<ConllSentence> taker) {
    Rows rows = new Rows(file.toString(), taker);
    TextLines.read(file, rows::line);
    rows.end();
  }

  /**
   * Hands over each sentence of a stream, which stays open.
   *
   * @param name what messages call it
   */
  public static void read(InputStream in, String name, Consumer<ConllSentence> taker) {
    Rows rows = new Rows(name, taker);
    try {
      TextLines.read(new BufferedInputStream(in), name, rows::line);
    } catch (IOException e) {
      throw IoErrors.cannotRead(Path.of(name), e);
    }
    rows.end();
  }

  /** What was read of a file so far. */
  private static final class Rows {
    private final String source;
    private final Consumer<ConllSentence> taker;
    private List<List<String>> rows = new ArrayList<>();
    private int first; // line of the sentence's first token
    private int columns; // of every line; 0 before the first
    private int columnsLine;

    Rows(String source, Consumer<ConllSentence> taker) {
      this.source = source;
      this.taker = taker;
    }

    void line(String line, int number) {
      List<String> row = cut(line);
      if (row.isEmpty() || row.getFirst().equals(DOCUMENT)) {
        end();
        return;
      }
      if (columns == 0) {
        columns = row.size();
        columnsLine = number;
      }
      if (row.size() != columns) {
        throw new InputException(
            "%s: %d columns, but line %d has %d; each line needs as many"
                .formatted(TextLines.place(source, number), row.size(), columnsLine, columns));
      }
      if (rows.isEmpty()) {
        first = number;
      } else if (rows.size() == MOST_TOKENS) {
        throw new InputException(
            "%s: the sentence that begins at line %d has more than %d tokens; a blank line ends one"
                .formatted(TextLines.place(source, number), first, MOST_TOKENS));
      }
      rows.add(row);
    }

    void end() {
      if (!rows.isEmpty()) {
        taker.accept(new ConllSentence(rows, source, first));
        rows = new ArrayList<>();
      }
    }

    private static List<String> cut(String line) {
      List<String> cells = new ArrayList<>();
      int from = -1;
      for (int i = 0; i <= line.length(); i++) {
        boolean between = i == line.length() || line.charAt(i) == ' ' || line.charAt(i) == '\t';
        if (!between) {
          from = from < 0 ? i : from;
        } else if (from >= 0) {
          cells.add(line.substring(from, i));
          from = -1;
        }
      }
      return List.copyOf(cells);
    }
  }
}
