package org.lm4j.text;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.lm4j.text.token.ScratchFile;
import org.lm4j.text.token.TokenFileWriter;

/**
 * A {@linkplain ScratchFile scratch file} of type numbers, written once and read as often as
 * needed. Numbers are stored as varints (7 bits per byte), so frequent types, which come early,
 * take one or two bytes. Write errors are UncheckedIOExceptions that name the file.
 */
final class TypeStream implements AutoCloseable {
  private static final int LONGEST = 1 + 2 * 10; // of a gap
  private static final int GAP = 0; // types are stored plus one

  private final Path path;
  private final FileChannel channel;
  private final byte[] buffer = new byte[1 << 16];
  private int used; // of the buffer
  private long size;

  /** Creates the file in a folder, or in the system's temporary folder. */
  TypeStream(@Nullable Path folder) {
    this.path = ScratchFile.in(folder);
    this.channel = ScratchFile.open(path);
  }

  /** Returns how many numbers were added. */
  long size() {
    return size;
  }

  void add(int type) {
    room();
    put(type + 1L);
    size++;
  }

  /** Adds a gap; see {@link TypeSink#gap}. */
  void addGap(long bytes, long characters) {
    room();
    put(GAP);
    put(zigzag(bytes));
    put(zigzag(characters));
  }

  private void room() {
    if (buffer.length - used < LONGEST) {
      drain();
    }
  }

  private void put(long number) {
    long rest = number;
    while (rest >>> 7 != 0) {
      buffer[used++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    buffer[used++] = (byte) rest;
  }

  private static long zigzag(long number) {
    return (number << 1) ^ (number >> 63);
  }

  /** Starts reading from the first number; nothing may be added afterwards. */
  Cursor rewind() {
    drain();
    return new Cursor();
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw TokenFileWriter.cannotWrite(path, e);
    }
  }

  private void drain() {
    ByteBuffer rest = ByteBuffer.wrap(buffer, 0, used);
    try {
      while (rest.hasRemaining()) {
        channel.write(rest);
      }
    } catch (IOException e) {
      throw TokenFileWriter.cannotWrite(path, e);
    }
    used = 0;
  }

  /** A place in the stream. */
  final class Cursor {
    private final byte[] read = new byte[1 << 16];
    private int at; // in what was read
    private int end;
    private long position;
    private long given;

    /**
     * Passes on the next {@code count} numbers and the gaps before them; with the last number also
     * the gap that follows.
     */
    void next(long count, TypeSink sink) {
      for (long i = 0; i < count; ) {
        long code = number();
        if (code == GAP) {
          gap(sink);
        } else {
          sink.accept((int) (code - 1));
          given++;
          i++;
        }
      }
      while (given == size && hasNext()) {
        if (number() == GAP) {
          gap(sink);
        }
      }
    }

    private void gap(TypeSink sink) {
      long bytes = signed(number());
      sink.gap(bytes, signed(number()));
    }

    private static long signed(long zigzag) {
      return (zigzag >>> 1) ^ -(zigzag & 1);
    }

    private long number() {
      long number = octet();
      if (number >= 0) {
        return number;
      }
      number &= 0x7F;
      for (int shift = 7; ; shift += 7) {
        int octet = octet();
        number |= (long) (octet & 0x7F) << shift;
        if (octet >= 0) {
          return number;
        }
      }
    }

    private boolean hasNext() {
      try {
        return at < end || position < channel.size();
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot read " + path + ": " + e.getMessage(), e);
      }
    }

    private byte octet() {
      if (at == end) {
        fill();
      }
      return read[at++];
    }

    private void fill() {
      try {
        int count = channel.read(ByteBuffer.wrap(read), position);
        if (count <= 0) {
          throw new IOException("it is shorter than it was written");
        }
        position += count;
        at = 0;
        end = count;
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot read " + path + ": " + e.getMessage(), e);
      }
    }
  }
}
