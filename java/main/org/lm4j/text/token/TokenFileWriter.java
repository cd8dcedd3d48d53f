package org.lm4j.text.token;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes a token file under a temporary name and renames it only when it is complete and on disk,
 * or writes a scratch file without a name. If closed before it is finished, it leaves nothing
 * behind. Write errors are UncheckedIOExceptions that name the file.
 */
public final class TokenFileWriter implements AutoCloseable {
  private final @Nullable Path path;
  private final Path temporary;
  private final FileChannel channel;
  private final Sha256 digest = new Sha256();
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
  private final int vocabularySize;
  private final int unknown;
  private final int width;
  private boolean finished;

  /**
   * Creates a writer for ids of a vocabulary of this size whose {@code <unk>} has this id (or -1).
   */
  public TokenFileWriter(Path path, int vocabularySize, int unknown) {
    this(path, path.resolveSibling(path.getFileName() + ".tmp"), vocabularySize, unknown);
  }

  private TokenFileWriter(@Nullable Path path, Path temporary, int vocabularySize, int unknown) {
    this.path = path;
    this.temporary = temporary;
    this.vocabularySize = vocabularySize;
    this.unknown = unknown;
    CorpusStats none = new CorpusStats(new TextCounts(0, 0, 0, 0), new TextCounts(0, 0, 0, 0), 0);
    this.width = new TokenHeader(vocabularySize, unknown, none, new byte[32]).width();
    try {
      this.channel =
          path == null
              ? ScratchFile.open(temporary)
              : FileChannel.open(
                  temporary,
                  StandardOpenOption.CREATE,
                  StandardOpenOption.TRUNCATE_EXISTING,
                  StandardOpenOption.WRITE);
      channel.position(TokenHeader.BYTES);
    } catch (IOException e) {
      throw cannotWrite(temporary, e);
    }
  }

  /** Creates a writer of a {@linkplain ScratchFile scratch file}. */
  public static TokenFileWriter scratch(int vocabularySize, int unknown) {
    return new TokenFileWriter(null, ScratchFile.in(null), vocabularySize, unknown);
  }

  /** Adds a code: an id, or V for text outside the vocabulary. */
  public void add(int code) {
    if (buffer.remaining() < 4) {
      drain();
    }
    switch (width) {
      case 1 -> buffer.put((byte) code);
      case 2 -> buffer.putShort((short) code);
      default -> buffer.putInt(code);
    }
  }

  /** Writes the header, forces the file to disk, and gives it its name. */
  public void finish(CorpusStats stats) {
    writeHeader(stats);
    Path name = Objects.requireNonNull(path);
    try {
      channel.force(true);
      channel.close();
      Files.move(
          temporary, name, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw cannotWrite(name, e);
    }
  }

  /**
   * Writes the header of a scratch file and opens it for reading; closing the result deletes it.
   */
  public TokenFile finishScratch(CorpusStats stats) {
    writeHeader(stats);
    finished = true;
    return TokenFile.of(temporary, channel);
  }

  private void writeHeader(CorpusStats stats) {
    drain();
    TokenHeader header = new TokenHeader(vocabularySize, unknown, stats, digest.bytes());
    ByteBuffer bytes = header.encode();
    try {
      channel.position(0);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (IOException e) {
      throw cannotWrite(temporary, e);
    }
  }

  /** Removes an unfinished file; does nothing once it was finished. */
  @Override
  public void close() {
    if (finished) {
      return;
    }
    try {
      channel.close();
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      throw cannotWrite(temporary, e);
    }
  }

  /** Returns the exception for a file that cannot be written, with the reason. */
  public static UncheckedIOException cannotWrite(Path file, IOException cause) {
    boolean plain = cause instanceof FileSystemException e && e.getReason() != null;
    String why = plain ? ((FileSystemException) cause).getReason() : cause.getMessage();
    String message = "Cannot write " + file + ": " + why;
    return new UncheckedIOException(message, new IOException(message, cause));
  }

  private void drain() {
    buffer.flip();
    digest.add(buffer.duplicate());
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
