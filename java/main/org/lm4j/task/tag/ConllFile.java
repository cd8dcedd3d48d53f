package org.lm4j.task.tag;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.io.IoErrors;
import org.lm4j.io.TextLines;

/**
 * Reads sentences in the columns of the CoNLL shared tasks: a token a line, as many columns on each
 * line, a blank line after each sentence. Columns are separated by tabs where the file has any, so
 * that a word may have spaces in it, else by white space. Lines that begin with {@code -DOCSTART-}
 * (CoNLL-2003) separate like blank ones. Comments, and the words of several tokens and empty nodes
 * of CoNLL-U, are skipped; words that begin with {@code #} are words.
 */
public final class ConllFile {
  /** The largest number of tokens of a sentence: in a longer one, a blank line is missing. */
  public static final int MOST_TOKENS = 4096;

  private static final int FIRST_LINES = 20_000; // that determine the form of a file
  private static final int MOST_LINES = 10_000; // of a block without a token

  private ConllFile() {}

  /**
   * The sentences of a file.
   *
   * @param sentences at least one
   * @param numbered whether the first column counts the tokens of each sentence, as in CoNLL-U
   * @param comments lines skipped because they are comments
   * @param ranges lines skipped because they are words of several tokens, which follow them
   * @param emptyNodes lines skipped because they are tokens that are not in the text
   */
  public record Contents(
      List<ConllSentence> sentences, boolean numbered, int comments, int ranges, int emptyNodes) {}

  /**
   * Returns all sentences of a file.
   *
   * @throws InputException if it cannot be read, a line has another number of columns than those
   *     before, a sentence is endless, or there is no sentence
   */
  public static List<ConllSentence> read(Path file) {
    return readAll(file).sentences();
  }

  /**
   * Returns all sentences of a file, and what was skipped.
   *
   * @throws InputException as {@link #read(Path)}
   */
  public static Contents readAll(Path file) {
    List<ConllSentence> sentences = new ArrayList<>();
    Lines lines =
        new Lines(
            file.toString(),
            block -> {
              if (block.sentence() != null) {
                sentences.add(block.sentence());
              }
            });
    TextLines.read(file, lines::take);
    lines.end();
    if (sentences.isEmpty()) {
      throw new InputException(file + " holds no sentence; it needs a token on each line");
    }
    boolean numbered = Objects.requireNonNull(lines.form).numbered();
    return new Contents(sentences, numbered, lines.comments, lines.ranges, lines.emptyNodes);
  }

  /**
   * Passes on each block of a file: all its lines. The blocks before a line that cannot be read are
   * passed on before the exception is thrown, except an unfinished sentence.
   *
   * @throws InputException as {@link #read(Path)}, but that a file may be empty
   */
  public static void readBlocks(Path file, Consumer<ConllBlock> taker) {
    Lines lines = new Lines(file.toString(), taker);
    try {
      TextLines.read(file, lines::take);
    } catch (InputException e) {
      lines.cutShort();
      throw e;
    }
    lines.end();
  }

  /**
   * Passes on each block of a stream, which stays open, as {@link #readBlocks(Path, Consumer)}
   * does.
   *
   * @param name what messages call it
   */
  public static void readBlocks(InputStream in, String name, Consumer<ConllBlock> taker) {
    Lines lines = new Lines(name, taker);
    try {
      TextLines.read(new BufferedInputStream(in), name, lines::take);
    } catch (InputException e) {
      lines.cutShort();
      throw e;
    } catch (IOException e) {
      throw IoErrors.cannotRead(Path.of(name), e);
    }
    lines.end();
  }

  /** The lines of a file read so far. */
  private static final class Lines {
    private final String source;
    private final Consumer<ConllBlock> taker;
    private final List<String> first = new ArrayList<>(); // until the form is known
    private @Nullable ConllForm form;
    private int number; // of lines given a meaning

    private List<ConllBlock.Line> block = new ArrayList<>();
    private List<List<String>> rows = new ArrayList<>();
    private int firstLine; // of the sentence's first token
    private int columnsLine; // the first with a token
    private int comments;
    private int ranges;
    private int emptyNodes;

    Lines(String source, Consumer<ConllBlock> taker) {
      this.source = source;
      this.taker = taker;
    }

    void take(String line, int lineNumber) {
      if (form != null) {
        read(form, line);
        return;
      }
      first.add(line);
      if (first.size() == FIRST_LINES) {
        findForm();
      }
    }

    private void findForm() {
      String other = ConllForm.otherForm(first);
      if (!other.isEmpty()) {
        throw new InputException(
            source
                + ": "
                + other
                + "; a token a line is needed, its columns separated by tabs or spaces");
      }
      ConllForm found = new ConllForm(first);
      form = found;
      List<String> waiting = List.copyOf(first);
      first.clear();
      waiting.forEach(line -> read(found, line));
    }

    private void read(ConllForm how, String line) {
      number++;
      switch (how.kind(line, rows.isEmpty())) {
        case BLANK -> separate(how, line, ConllBlock.Line.NO_ROW);
        case DOCUMENT -> {
          boolean isRow = how.cut(line).size() == how.columns();
          separate(how, line, isRow ? ConllBlock.Line.SKIPPED : ConllBlock.Line.NO_ROW);
        }
        case COMMENT -> {
          comments++;
          block.add(new ConllBlock.Line(line, ConllBlock.Line.NO_ROW));
        }
        case RANGE -> {
          ranges++;
          block.add(new ConllBlock.Line(line, ConllBlock.Line.SKIPPED));
        }
        case EMPTY_NODE -> {
          emptyNodes++;
          block.add(new ConllBlock.Line(line, ConllBlock.Line.SKIPPED));
        }
        case TOKEN -> token(how, line);
      }
    }

    private void separate(ConllForm how, String line, int row) {
      block.add(new ConllBlock.Line(line, row));
      if (!rows.isEmpty() || block.size() >= MOST_LINES) {
        handOver(how);
      }
    }

    private void token(ConllForm how, String line) {
      List<String> row = how.cut(line);
      columnsLine = columnsLine == 0 ? number : columnsLine;
      if (row.size() != how.columns()) {
        throw new InputException(
            "%s: %d columns, but line %d has %d; each line needs as many%s"
                .formatted(
                    TextLines.place(source, number),
                    row.size(),
                    columnsLine,
                    how.columns(),
                    hint(how, line)));
      }
      if (rows.isEmpty()) {
        firstLine = number;
      } else if (rows.size() == MOST_TOKENS) {
        throw new InputException(
            "%s: the sentence that begins at line %d has more than %d tokens; a blank line ends one"
                .formatted(TextLines.place(source, number), firstLine, MOST_TOKENS));
      }
      block.add(new ConllBlock.Line(line, rows.size()));
      rows.add(row);
    }

    private static String hint(ConllForm how, String line) {
      if (line.startsWith("#")) {
        return "; a comment begins with '# ' and stands before a sentence";
      }
      if (how.tabs()) {
        return ", separated by tabs";
      }
      return line.indexOf(',') >= 0 ? ", separated by tabs or spaces, not by commas" : "";
    }

    private void handOver(ConllForm how) {
      ConllSentence sentence = rows.isEmpty() ? null : new ConllSentence(rows, source, firstLine);
      ConllBlock full = new ConllBlock(sentence, block, how.tabs() ? "\t" : " ", how.numbered());
      rows = new ArrayList<>();
      block = new ArrayList<>();
      taker.accept(full);
    }

    void end() {
      cutShort();
      if (form != null && !block.isEmpty()) {
        handOver(form);
      }
    }

    /** Interprets the lines that were waiting for the form to be determined. */
    void cutShort() {
      if (form == null) {
        findForm();
      }
    }
  }
}
