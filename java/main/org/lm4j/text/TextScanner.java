package org.lm4j.text;

import java.io.IOException;
import java.io.InputStream;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;

/** Cuts texts into tokens and hands on the number of each one's type. */
final class TextScanner implements Sources.Reader {
  private static final System.Logger LOG = System.getLogger(TextScanner.class.getName());

  private final Level level;
  private final TypeTable types;
  private final @Nullable Vocabulary closed;
  private final IntConsumer sink;
  private final TextPrints prints;
  private final boolean hasLineEnd;
  private boolean lineOpen;
  private boolean lineEndIsDue;

  /**
   * A scanner at a level.
   *
   * @param closed a vocabulary without {@code <unk>}: what it lacks is refused; null: all is taken
   */
  TextScanner(
      Level level,
      TypeTable types,
      @Nullable Vocabulary closed,
      TextPrints prints,
      IntConsumer sink) {
    this.prints = prints;
    this.level = level;
    this.types = types;
    this.closed = closed;
    this.sink = sink;
    this.hasLineEnd = level == Level.BYTE || types.given() == 0 || types.texts().contains("\n");
  }

  /**
   * Scans one text to its end. Where the text before it ended within a line, a line end is put
   * between, so that its last word is not joined to the first of this one.
   *
   * @throws InputException when it is binary or not UTF-8 (not at byte level), or has a token a
   *     closed vocabulary lacks
   */
  @Override
  public void read(Document document) throws IOException {
    lineEndIsDue = lineOpen;
    switch (level) {
      case BYTE -> readBytes(document.in());
      case CHAR -> readCharacters(document);
      case WORD -> readWords(document);
    }
    prints.end(document.name());
  }

  private void readBytes(InputStream in) throws IOException {
    byte[] buffer = new byte[1 << 16];
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      for (int i = 0; i < read; i++) {
        endLineBefore();
        prints.add(buffer[i] & 0xFF);
        sink.accept(buffer[i] & 0xFF);
      }
      if (read > 0) {
        lineOpen = isWithinLine(buffer[read - 1]);
      }
    }
  }

  private void readCharacters(Document document) throws IOException {
    Utf8Reader reader = new Utf8Reader(document.in());
    boolean returns = false;
    boolean newlines = false;
    for (int c = reader.next(); c >= 0; c = reader.next()) {
      endLineBefore();
      emit(types.character(c), document, reader.offset());
      lineOpen = isWithinLine(c);
      returns |= c == '\r';
      newlines |= c == '\n';
    }
    if (returns && !newlines) {
      LOG.log(
          System.Logger.Level.WARNING,
          "the lines of "
              + document.name()
              + " end in carriage returns alone (old Mac), which stay characters of the text; convert"
              + " them with tr '\\r' '\\n'");
    }
  }

  private void endLineBefore() {
    if (lineEndIsDue) {
      lineEndIsDue = false;
      sink.accept(level == Level.BYTE ? '\n' : types.character('\n'));
    }
  }

  /** Whether a line goes on after a character; where none can be ended, none is. */
  private boolean isWithinLine(int c) {
    return hasLineEnd && c != '\n' && c != '\r';
  }

  private void readWords(Document document) throws IOException {
    Utf8Reader reader = new Utf8Reader(document.in());
    WordSplitter splitter =
        new WordSplitter(
            new WordSplitter.Sink() {
              @Override
              public void word(String text, long offset) {
                emit(types.word(text), document, offset);
              }

              @Override
              public void lineEnd(long offset) {
                emit(types.word(Vocabulary.END_OF_SENTENCE), document, offset);
              }
            },
            document.name());
    for (int c = reader.next(); c >= 0; c = reader.next()) {
      splitter.accept(c, reader.offset());
    }
    splitter.endText(reader.offset());
  }

  private void emit(int type, Document document, long offset) {
    if (closed != null && type >= closed.size()) {
      String text = types.text(type);
      String what =
          level == Level.CHAR
              ? "the character " + Escapes.named(text.codePointAt(0))
              : "the word '" + Escapes.text(text) + "'";
      throw new InputException(
          String.format(
              "%s has %s at byte offset %d, which is not in the model's vocabulary (%d tokens, no"
                  + " <unk>); leave it out or train a model with it.",
              document.name(), what, offset, closed.size()));
    }
    prints.add(type);
    sink.accept(type);
  }
}
