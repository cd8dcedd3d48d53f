package org.lm4j.ngram;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.lm4j.text.token.ScratchFile;

/**
 * Numbers of one type that are written one after the other to a temporary file, and then mapped.
 */
final class Column implements AutoCloseable {
  private static final int BUFFER = 1 << 16; // bytes

  private final Path path;
  private final FileChannel channel;
  private final ByteBuffer bytes = ByteBuffer.allocateDirect(BUFFER).order(ByteOrder.LITTLE_ENDIAN);
  private long size;

  /**
   * Creates an empty column.
   *
   * @param folder for the temporary file; null for the system's
   */
  Column(@Nullable Path folder) {
    this.path = ScratchFile.in(folder);
    this.channel = ScratchFile.open(path);
  }

  void add(int value) {
    room(Integer.BYTES).putInt(value);
    size++;
  }

  void add(double value) {
    room(Double.BYTES).putDouble(value);
    size++;
  }

  void add(float value) {
    room(Float.BYTES).putFloat(value);
    size++;
  }

  /** Returns how many numbers have been added. */
  long size() {
    return size;
  }

  private ByteBuffer room(int wanted) {
    if (bytes.remaining() < wanted) {
      drain();
    }
    return bytes;
  }

  private void drain() {
    bytes.flip();
    try {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot write to the temporary file %s: %s".formatted(path, e.getMessage()), e);
    }
    bytes.clear();
  }

  /** Maps the numbers, which lie in the file in little-endian order, and closes the column. */
  MemorySegment map(Arena arena) {
    drain();
    try {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot read the temporary file %s: %s".formatted(path, e.getMessage()), e);
    } finally {
      close();
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close the temporary file " + path, e);
    }
  }
}
