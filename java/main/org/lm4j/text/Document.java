package org.lm4j.text;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.LongConsumer;
import org.lm4j.text.source.SkipReason;
import org.lm4j.text.source.TextSource;
import org.lm4j.text.source.TextStream;
import org.lm4j.text.source.UnreadableText;
import org.lm4j.text.source.Utf8Reader;

/** One text, open for reading. */
public final class Document implements AutoCloseable {
  private final TextStream in;

  /** Wraps an open stream. */
  Document(TextStream in) {
    this.in = in;
  }

  /**
   * Opens a file, unpacking gzip.
   *
   * @param level the level of the tokens to be made; at byte level, bytes that are not text are
   *     accepted
   * @param progress receives the number of bytes read from disk since the last call
   * @throws UnreadableText when it cannot be read, or is known not to be text
   */
  static Document open(Path path, Level level, LongConsumer progress) {
    TextStream raw = TextSource.openRaw(path, progress);
    try {
      return new Document(TextSource.unpack(raw, demand(level)));
    } catch (IOException e) {
      new Document(raw).close();
      throw TextSource.unreadable(path.toString(), e);
    } catch (RuntimeException e) {
      new Document(raw).close();
      throw e;
    }
  }

  static TextSource.Demand demand(Level level) {
    return level == Level.BYTE ? TextSource.Demand.BYTES : TextSource.Demand.TEXT;
  }

  String name() {
    return in.name();
  }

  public TextStream in() {
    return in;
  }

  /**
   * Reads the whole text and throws if it cannot be used: it is damaged, contains NUL bytes or,
   * except at byte level, contains invalid UTF-8 or an endless word.
   *
   * @throws UnreadableText with the reason
   */
  void check(Level level) throws IOException {
    if (level == Level.BYTE) {
      checkBytes();
      return;
    }
    Utf8Reader reader = new Utf8Reader(in);
    WordSplitter splitter = new WordSplitter(WordSplitter.NOWHERE, name());
    for (int c = reader.next(); c >= 0; c = reader.next()) {
      if (level == Level.WORD) {
        splitter.accept(c, reader.offset());
      }
    }
  }

  private void checkBytes() throws IOException {
    byte[] buffer = new byte[1 << 16];
    boolean binary = false;
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      for (int i = 0; i < read && !binary; i++) {
        binary = buffer[i] == 0;
      }
    }
    if (binary) {
      throw new UnreadableText(SkipReason.BINARY, name() + " is binary (it has NUL bytes).");
    }
  }

  @Override
  public void close() {
    try {
      in.close();
    } catch (IOException e) {
      throw TextSource.unreadable(name(), e);
    }
  }
}
