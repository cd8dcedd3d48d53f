package org.lm4j.text;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A {@linkplain ScratchFile scratch file} of type numbers: written once, then read as often as
 * needed. A number takes 7 bits a byte, so frequent types, which come early, take one or two bytes.
 * Write errors are UncheckedIOExceptions that name the file.
 */
final class TypeStream implements AutoCloseable {
  private static final int LONGEST = 5;

  private final Path path;
  private final FileChannel channel;
  private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
  private long size;

  /** Makes the file in a folder, or where the system keeps what is temporary. */
  TypeStream(@Nullable Path folder) {
    this.path = ScratchFile.in(folder);
    this.channel = ScratchFile.open(path);
  }

  /** How many were added. */
  long size() {
    return size;
  }

  void add(int type) {
    if (buffer.remaining() < LONGEST) {
      drain();
    }
    int rest = type;
    while (rest >= 0x80) {
      buffer.put((byte) (rest | 0x80));
      rest >>>= 7;
    }
    buffer.put((byte) rest);
    size++;
  }

  /** Begins to read from the first; nothing may be added any more. */
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

  /** A place in the stream. */
  final class Cursor {
    private final ByteBuffer read = ByteBuffer.allocate(1 << 16).limit(0);
    private long position;

    /** Hands on the next so many. */
    void next(long count, IntConsumer sink) {
      for (long i = 0; i < count; i++) {
        int type = 0;
        int octet = octet();
        for (int shift = 0; ; shift += 7) {
          type |= (octet & 0x7F) << shift;
          if (octet >= 0) {
            break;
          }
          octet = octet();
        }
        sink.accept(type);
      }
    }

    private byte octet() {
      if (!read.hasRemaining()) {
        read.clear();
        try {
          int count = channel.read(read, position);
          if (count <= 0) {
            throw new IOException("it is shorter than it was written");
          }
          position += count;
        } catch (IOException e) {
          throw new UncheckedIOException("Cannot read " + path + ": " + e.getMessage(), e);
        }
        read.flip();
      }
      return read.get();
    }
  }
}
