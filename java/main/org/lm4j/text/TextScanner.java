package org.lm4j.text;

import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.text.source.Escapes;
import org.lm4j.text.source.Utf8Reader;
import org.lm4j.text.subword.BpeLearner;

/** Splits texts into tokens and passes on the number of each token's type. */
final class TextScanner implements Sources.Reader {
  private static final System.Logger LOG = System.getLogger(TextScanner.class.getName());

  private final Level level;
  private final TypeTable types;
  private final @Nullable Vocabulary closed;
  private final TypeSink sink;
  private final TextPrints prints;
  private final boolean hasLineEnd;
  private boolean lineOpen;
  private boolean lineEndIsDue;

  /**
   * Creates a scanner at a level.
   *
   * @param closed a vocabulary outside of which tokens are refused; null accepts all tokens
   */
  TextScanner(
      Level level, TypeTable types, @Nullable Vocabulary closed, TextPrints prints, TypeSink sink) {
    this.prints = prints;
    this.level = level;
    this.types = types;
    this.closed = closed;
    this.sink = sink;
    Vocabulary given = types.vocabulary();
    this.hasLineEnd = given == null || given.lineEnd() >= 0;
  }

  /**
   * Scans one text to its end. If the text before it ended within a line, a line end is inserted,
   * so that its last word is not joined to the first word of this text.
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
      case SUBWORD -> readSubwords(document);
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
        if (buffer[i] == '\n') {
          prints.endLine();
        }
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
      if (c == '\n') {
        prints.endLine();
      }
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
      sink.gap(-1, -1); // the text has none
      sink.accept(lineEndType());
    }
  }

  private int lineEndType() {
    if (level == Level.BYTE) {
      return '\n';
    }
    Vocabulary given = types.vocabulary();
    if (given != null && level == Level.SUBWORD) {
      return given.lineEnd();
    }
    return level == Level.SUBWORD ? types.word("\n") : types.character('\n');
  }

  /** Returns whether a line continues after a character; false where lines have no ends. */
  private boolean isWithinLine(int c) {
    return hasLineEnd && c != '\n' && c != '\r';
  }

  private void readWords(Document document) throws IOException {
    Utf8Reader reader = new Utf8Reader(document.in());
    WordExtent extent = new WordExtent(sink);
    WordSplitter splitter =
        new WordSplitter(
            new WordSplitter.Sink() {
              @Override
              public void word(String text, long offset) {
                int type = types.word(text);
                extent.word(text);
                emit(type, document, offset);
              }

              @Override
              public void lineEnd(long offset) {
                int type = types.word(Vocabulary.END_OF_SENTENCE);
                extent.lineEnd();
                emit(type, document, offset);
                prints.endLine();
              }
            },
            document.name());
    for (int c = reader.next(); c >= 0; c = reader.next()) {
      splitter.accept(c, reader.offset());
      extent.read(c);
    }
    extent.endText();
    splitter.endText(reader.offset());
    extent.finish();
  }

  private void readSubwords(Document document) throws IOException {
    Vocabulary given = types.vocabulary();
    SubwordTypes pieces =
        given == null ? null : new SubwordTypes(types, given.tokenizer(), pieces(document));
    SubwordLines lines =
        new SubwordLines(
            (line, offset) -> {
              endLineBefore();
              if (pieces == null) { // to learn from
                BpeLearner.split(line, part -> emit(types.word(part), document, 0));
              } else {
                pieces.line(line, offset);
              }
              lineOpen = isWithinLine(line.charAt(line.length() - 1));
              if (line.endsWith("\n")) {
                prints.endLine();
              }
            });
    Utf8Reader reader = new Utf8Reader(document.in());
    for (int c = reader.next(); c >= 0; c = reader.next()) {
      lines.accept(c);
    }
    lines.finish();
    if (pieces != null) {
      pieces.finish();
    }
  }

  private SubwordTypes.Sink pieces(Document document) {
    return new SubwordTypes.Sink() {
      @Override
      public void piece(int type, long start, long end, long offset) {
        emit(type, document, offset - (type < types.given() ? 0 : types.byteCount(type)));
      }

      @Override
      public void gap(long bytes, long characters) {
        sink.gap(bytes, characters);
      }
    };
  }

  private void emit(int type, Document document, long offset) {
    if (closed != null && type >= closed.size()) {
      String text = types.text(type);
      String what =
          switch (level) {
            case CHAR -> "the character " + Escapes.named(text.codePointAt(0));
            case BYTE, WORD -> "the word '" + Escapes.text(text) + "'";
            case SUBWORD -> "the text '" + Escapes.text(text) + "'";
          };
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
