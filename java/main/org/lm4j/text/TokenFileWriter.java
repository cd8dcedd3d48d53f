package org.lm4j.text;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/**
 * Writes a token file beside its final name, and gives it the name only when it is whole and on
 * disk. Closed before that, it leaves nothing behind. Write errors are UncheckedIOExceptions that
 * name the file.
 */
final class TokenFileWriter implements AutoCloseable {
  private final Path path;
  private final Path temporary;
  private final FileChannel channel;
  private final MessageDigest digest = TokenHeader.sha256Digest();
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
  private final int vocabularySize;
  private final int unknown;
  private final int width;

  /** Of a file with ids of a vocabulary of that size and that id of {@code <unk>} (or -1). */
  TokenFileWriter(Path path, int vocabularySize, int unknown) {
    this.path = path;
    this.temporary = path.resolveSibling(path.getFileName() + ".tmp");
    this.vocabularySize = vocabularySize;
    this.unknown = unknown;
    CorpusStats none = new CorpusStats(new TextCounts(0, 0, 0, 0), new TextCounts(0, 0, 0, 0), 0);
    this.width = new TokenHeader(vocabularySize, unknown, none, new byte[32]).width();
    try {
      this.channel =
          FileChannel.open(
              temporary,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE);
      channel.position(TokenHeader.BYTES);
    } catch (IOException e) {
      throw cannotWrite(temporary, e);
    }
  }

  /** Adds a code: an id, or V for text out of the vocabulary. */
  void add(int code) {
    if (buffer.remaining() < 4) {
      drain();
    }
    switch (width) {
      case 1 -> buffer.put((byte) code);
      case 2 -> buffer.putShort((short) code);
      default -> buffer.putInt(code);
    }
  }

  /** Writes the header, syncs, and gives the file its name. */
  void finish(CorpusStats stats) {
    drain();
    TokenHeader header = new TokenHeader(vocabularySize, unknown, stats, digest.digest());
    ByteBuffer bytes = header.encode();
    try {
      channel.position(0);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
      channel.close();
      Files.move(
          temporary, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw cannotWrite(path, e);
    }
  }

  /** Removes the unfinished file; does nothing after {@link #finish}. */
  @Override
  public void close() {
    try {
      channel.close();
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      throw cannotWrite(temporary, e);
    }
  }

  static UncheckedIOException cannotWrite(Path file, IOException cause) {
    String message = "Cannot write " + file + ": " + cause.getMessage();
    return new UncheckedIOException(message, new IOException(message, cause));
  }

  private void drain() {
    buffer.flip();
    digest.update(buffer.duplicate());
    try {
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    } catch (IOException e) {
      throw cannotWrite(temporary, e);
    }
    buffer.clear();
  }
}
