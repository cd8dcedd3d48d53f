package org.lm4j.train;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.io.IoErrors;

/**
 * Sees to it that one run at a time trains in a folder: two would leave weights of the one beside a
 * description of the other. The system lets go of the lock when the process ends, however it does.
 */
final class FolderLock implements AutoCloseable {
  /** Name of the file in the model folder, there while a run lasts. */
  static final String FILE = ".training";

  private final Path file;
  private final FileChannel channel;

  private FolderLock(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Takes the lock of a folder, which must exist.
   *
   * @throws InputException if a run has it
   * @throws UncheckedIOException if the folder cannot be written to
   */
  static FolderLock take(Path folder) {
    Path file = folder.resolve(FILE);
    FolderLock lock = null;
    while (lock == null) { // again, if the run before removed the file just now
      lock = attempt(folder, file);
    }
    return lock;
  }

  private static @Nullable FolderLock attempt(Path folder, Path file) {
    try {
      FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      boolean held = false;
      try {
        if (!isFree(channel)) {
          throw new InputException(
              "%s is being trained by process %s; wait until it has ended, or choose another --model."
                  .formatted(folder, Files.readString(file).lines().findFirst().orElse("unknown")));
        }
        String mine = ProcessHandle.current().pid() + "\n" + UUID.randomUUID() + "\n";
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(mine.getBytes(UTF_8)), 0);
        held = Files.exists(file) && Files.readString(file).equals(mine);
        return held ? new FolderLock(file, channel) : null;
      } finally {
        if (!held) {
          channel.close();
        }
      }
    } catch (IOException e) {
      throw IoErrors.cannotWrite(file, e);
    }
  }

  /** Takes the lock; some network file systems know of none, and have to do without. */
  private static boolean isFree(FileChannel channel) {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false; // this very process has it
    } catch (IOException e) {
      return true;
    }
  }

  @Override
  public void close() {
    try {
      Files.deleteIfExists(file); // while it is held: whoever opens it anew makes another file
      channel.close();
    } catch (IOException e) {
      System.getLogger(FolderLock.class.getName())
          .log(System.Logger.Level.DEBUG, "could not let go of " + file, e);
    }
  }
}
