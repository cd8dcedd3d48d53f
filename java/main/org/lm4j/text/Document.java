package org.lm4j.text;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.LongConsumer;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.lm4j.InputException;

/** One text, open for reading. */
final class Document implements AutoCloseable {
  private static final int LOOKED_AT = 8192;

  private final String name;
  private final InputStream in;

  /** Of a stream; the progress is told what is read from it. */
  Document(String name, InputStream in, LongConsumer progress) {
    this(name, new Counting(in, progress));
  }

  private Document(String name, InputStream in) {
    this.name = name;
    this.in = new BufferedInputStream(in, 1 << 16);
  }

  /**
   * Opens a file, unpacking {@code .gz}; the progress is told what is read from disk.
   *
   * @throws InputException when it cannot be read
   */
  static Document open(Path path, LongConsumer progress) {
    try {
      InputStream file = new Counting(Files.newInputStream(path), progress);
      if (!isNamed(path, ".gz")) {
        return new Document(path.toString(), file);
      }
      try {
        return new Document(path.toString(), new GZIPInputStream(file, 1 << 16));
      } catch (IOException e) {
        file.close();
        throw e;
      }
    } catch (IOException e) {
      throw unreadable(path.toString(), e);
    }
  }

  String name() {
    return name;
  }

  InputStream in() {
    return in;
  }

  /**
   * Whether there is a NUL early on; nothing is consumed, but nothing may have been read before.
   */
  boolean isBinary() throws IOException {
    in.mark(LOOKED_AT);
    byte[] start = in.readNBytes(LOOKED_AT);
    in.reset();
    for (byte octet : start) {
      if (octet == 0) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether the beginning is UTF-8 without a NUL; nothing is consumed, but nothing may have been
   * read before.
   */
  boolean isText() throws IOException {
    in.mark(LOOKED_AT);
    byte[] start = in.readNBytes(LOOKED_AT);
    in.reset();
    // What is longer than what was looked at may be cut inside a character.
    boolean whole = start.length < LOOKED_AT;
    CoderResult result =
        StandardCharsets.UTF_8
            .newDecoder()
            .decode(ByteBuffer.wrap(start), CharBuffer.allocate(LOOKED_AT), whole);
    return !result.isError() && !isBinary();
  }

  @Override
  public void close() {
    try {
      in.close();
    } catch (IOException e) {
      throw unreadable(name, e);
    }
  }

  static boolean isNamed(Path path, String ending) {
    return path.getFileName() != null
        && path.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(ending);
  }

  /** The one sentence for a text that cannot be read. */
  static InputException unreadable(String name, IOException e) {
    if (e instanceof EOFException || e instanceof ZipException) {
      return new InputException(
          name + " is a damaged or truncated archive (" + e.getMessage() + "); get it again.", e);
    }
    String why = e instanceof AccessDeniedException ? "access is denied" : e.getMessage();
    return new InputException("Cannot read " + name + ": " + why + ".", e);
  }

  /** Tells how much is read. */
  private static final class Counting extends FilterInputStream {
    private final LongConsumer progress;

    Counting(InputStream in, LongConsumer progress) {
      super(in);
      this.progress = progress;
    }

    @Override
    public int read() throws IOException {
      int octet = super.read();
      if (octet >= 0) {
        progress.accept(1);
      }
      return octet;
    }

    @Override
    public int read(byte[] target, int at, int count) throws IOException {
      int read = super.read(target, at, count);
      if (read > 0) {
        progress.accept(read);
      }
      return read;
    }
  }
}
