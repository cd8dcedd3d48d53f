package org.lm4j.text.token;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Objects;
import org.lm4j.InputException;

/**
 * Where the lines or documents of a text begin and end among its tokens. The index is a scratch
 * file mapped into memory, of 8 bytes a line and 16 a document, so that the heap does not grow with
 * their number. May be read by several threads.
 *
 * <p>A line is what stands before a line end; an empty line is one, of no tokens. A document is
 * what stands before an empty line, with the ends of its lines; several empty lines are one border.
 */
public final class SequenceIndex implements AutoCloseable {
  private static final int READ = 1 << 14; // tokens at a time
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final TokenFile tokens;
  private final Segmentation segmentation;
  private final int lineEnd;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment entries; // of each sequence, and one more: where the last ends
  private final boolean lines;
  private final long count;

  private SequenceIndex(TokenFile tokens, Segmentation segmentation, int lineEnd, Writer written) {
    this.tokens = tokens;
    this.segmentation = segmentation;
    this.lineEnd = lineEnd;
    this.lines = written.lines;
    this.count = written.count;
    try (FileChannel channel = written.channel) {
      this.entries = channel.map(FileChannel.MapMode.READ_ONLY, 0, (count + 1) * width(), arena);
    } catch (IOException e) {
      arena.close();
      throw new UncheckedIOException("Cannot read " + written.path + ": " + e.getMessage(), e);
    }
  }

  /**
   * Finds the sequences of a text.
   *
   * @param tokens the text, which has to stay open
   * @param segmentation into lines or documents
   * @param lineEnd id of the line end; -1 if there is none, the text is one line then
   * @throws InputException if a symbol needs the line end that is missing
   * @throws UncheckedIOException if the scratch file cannot be written
   */
  public static SequenceIndex of(TokenFile tokens, Segmentation segmentation, int lineEnd) {
    if (segmentation.isStream()) {
      throw new IllegalArgumentException("a stream has no sequences");
    }
    if (lineEnd < 0 && segmentation.extra() > 0) {
      throw InputException.naming(
          "the vocabulary has no line end, which {symbols} %s needs; use {symbols} none."
              .formatted(segmentation.symbols().label()));
    }
    Writer writer = new Writer(tokens, segmentation.unit() == TextUnit.LINE);
    try {
      writer.scan(tokens, lineEnd);
    } catch (RuntimeException | Error e) {
      writer.close();
      throw e;
    }
    return new SequenceIndex(tokens, segmentation, lineEnd, writer);
  }

  /** Returns the text. */
  public TokenFile tokens() {
    return tokens;
  }

  /** Returns how the text is divided. */
  public Segmentation segmentation() {
    return segmentation;
  }

  /** Returns the id of the line end, which is the symbol around sequences; -1 if there is none. */
  public int lineEnd() {
    return lineEnd;
  }

  /** Returns the number of tokens of a sequence that are predicted, its end included. */
  public long targets(long sequence) {
    return Math.max(0, length(sequence) + segmentation.extra() - 1);
  }

  /**
   * Copies some tokens of a sequence with its symbols.
   *
   * @param from number of the first one, 0 for the symbol before the sequence if there is one
   * @param count how many, at least 1
   * @param target receives them, from its start on
   */
  public void copy(long sequence, long from, int count, int[] target) {
    int begin = segmentation.symbols().begin() ? 1 : 0;
    long length = length(sequence);
    Objects.checkFromIndexSize(from, count, length + segmentation.extra());
    long first = Math.max(0, from - begin); // of the tokens between the symbols
    int own = (int) Math.min(from + count - begin - first, length - first);
    int at = 0;
    if (begin == 1 && from == 0) {
      target[at++] = lineEnd;
    }
    if (own > 0) {
      tokens.copy(start(sequence) + first, own, target, at);
      at += own;
    }
    if (at < count) {
      target[at] = lineEnd;
    }
  }

  /** Returns the number of sequences. */
  public long count() {
    return count;
  }

  /** Returns the index of the first token of a sequence in 0..count-1. */
  public long start(long sequence) {
    Objects.checkIndex(sequence, count);
    return entries.get(LONG, sequence * width());
  }

  /** Returns the number of tokens of a sequence, without the line end or empty line after it. */
  public long length(long sequence) {
    Objects.checkIndex(sequence, count);
    return before(sequence + 1) - before(sequence);
  }

  /** Returns how many tokens the sequences before a sequence in 0..count have together. */
  public long before(long sequence) {
    Objects.checkIndex(sequence, count + 1);
    return lines
        ? entries.get(LONG, sequence * width()) - sequence
        : entries.get(LONG, sequence * width() + Long.BYTES);
  }

  private long width() {
    return lines ? Long.BYTES : 2L * Long.BYTES;
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }

  /** Writes the entries of one text. */
  private static final class Writer implements AutoCloseable {
    private final Path path;
    private final FileChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
    private final boolean lines;
    private long count;
    private long covered; // tokens of documents so far

    Writer(TokenFile tokens, boolean lines) {
      this.lines = lines;
      this.path = ScratchFile.in(tokens.path().toAbsolutePath().getParent());
      this.channel = ScratchFile.open(path);
    }

    void scan(TokenFile tokens, int lineEnd) {
      int[] ids = new int[READ];
      long size = tokens.size();
      long start = 0; // of the sequence
      long line = 0; // start of the line
      for (long from = 0; from < size; from += READ) {
        int read = (int) Math.min(READ, size - from);
        tokens.copy(from, read, ids, 0);
        for (int i = 0; i < read; i++) {
          if (ids[i] != lineEnd) {
            continue;
          }
          long at = from + i;
          if (lines || line == at) { // an empty line ends a document
            add(start, at);
            start = at + 1;
          }
          line = at + 1;
        }
      }
      if (start < size) {
        add(start, size);
        start = size + 1; // where it would be after the line end that is missing
      }
      put(start);
      if (!lines) {
        put(covered);
      }
      drain();
    }

    private void add(long start, long end) {
      if (lines) {
        put(start);
        count++;
      } else if (end > start) {
        put(start);
        put(covered);
        covered += end - start;
        count++;
      }
    }

    private void put(long number) {
      if (buffer.remaining() < Long.BYTES) {
        drain();
      }
      buffer.putLong(number);
    }

    private void drain() {
      buffer.flip();
      try {
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
      } catch (IOException e) {
        throw TokenFileWriter.cannotWrite(path, e);
      }
      buffer.clear();
    }

    @Override
    public void close() {
      try {
        channel.close();
      } catch (IOException e) {
        throw TokenFileWriter.cannotWrite(path, e);
      }
    }
  }
}
