package org.lm4j.train;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.foreign.FolderHandle;
import org.lm4j.io.IoErrors;

/**
 * Makes sure that one run at a time trains in a folder: two runs would mix weights of one with the
 * configuration of the other. The system releases the locks when the process ends in any way.
 *
 * <p>There are two: one on the folder itself, which cannot be removed by deleting a file, and one
 * on the file {@code .training} in it, for systems that do not know the first; that file also says
 * which process has them. It stays, because a process that removed it could not know that no other
 * had opened it meanwhile.
 *
 * <p>Where locks are those of POSIX, closing any channel of a file releases all locks that the
 * process has on it: this process's own are known without opening it, and nothing else reads the
 * file.
 */
public final class FolderLock implements AutoCloseable {
  /** Name of the file in the model folder: the number of the process that trained last. */
  static final String FILE = ".training";

  private static final int ATTEMPTS = 5;

  /** Folders in which runs of this process train. */
  private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

  private final Path given;
  private final Path folder;
  private final @Nullable Object folderKey;
  private final @Nullable FolderHandle handle;
  private FileChannel channel;
  private @Nullable Object fileKey;

  private FolderLock(Path given, Path folder, @Nullable FolderHandle handle) throws IOException {
    this.given = given;
    this.folder = folder;
    this.folderKey = key(folder);
    this.handle = handle;
    this.channel = openFile();
  }

  /**
   * Takes the locks of a folder, which must exist.
   *
   * @throws InputException if a run has them
   * @throws UncheckedIOException if the folder cannot be written to
   */
  public static FolderLock take(Path folder) {
    FolderHandle handle = null;
    Path own = null;
    boolean taken = false;
    try {
      Path real = folder.toRealPath();
      if (!OWN.add(real)) {
        throw refused(folder, Long.toString(ProcessHandle.current().pid()));
      }
      own = real;
      FolderHandle.Attempt attempt = FolderHandle.lock(real);
      if (attempt.state() == FolderHandle.State.HELD) {
        throw refused(folder, holder(real.resolve(FILE)));
      }
      handle = attempt.handle().orElse(null);
      FolderLock lock = new FolderLock(folder, real, handle);
      taken = true;
      return lock;
    } catch (IOException e) {
      throw IoErrors.cannotWrite(folder.resolve(FILE), e);
    } finally {
      if (!taken && handle != null) {
        handle.close();
      }
      if (!taken && own != null) {
        OWN.remove(own);
      }
    }
  }

  /**
   * Opens and locks the file that has the name now; one that is a link is replaced, not followed.
   */
  private FileChannel openFile() throws IOException {
    Path file = folder.resolve(FILE);
    for (int attempt = 1; ; attempt++) {
      if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)
          && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        Files.delete(file);
      }
      if (!Files.exists(file)) {
        Files.createFile(file);
      }
      Object before = key(file);
      FileChannel opened =
          FileChannel.open(
              file, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
      boolean kept = false;
      try {
        if (!isFree(opened)) {
          ByteBuffer holder = ByteBuffer.allocate(20);
          opened.read(holder, 0);
          throw refused(given, new String(holder.array(), 0, holder.position(), UTF_8).strip());
        }
        byte[] mine = (ProcessHandle.current().pid() + "\n").getBytes(UTF_8);
        opened.truncate(0);
        opened.write(ByteBuffer.wrap(mine), 0);
        // If the file was replaced meanwhile, a lock on it would exclude no one.
        if (attempt == ATTEMPTS || Objects.equals(before, key(file))) {
          kept = true;
          fileKey = before;
          return opened;
        }
      } finally {
        if (!kept) {
          opened.close();
        }
      }
    }
  }

  /**
   * Makes sure that the folder is still this run's, before it writes there. A lock file that was
   * deleted or replaced is made again.
   *
   * @throws TrainingFailure if another folder has the name now, or another run the folder
   */
  public void requireHeld() {
    if (!Objects.equals(folderKey, key(folder))) {
      throw new TrainingFailure(
          given + " is no longer the folder this run trains in: nothing more is saved there");
    }
    if (fileKey == null || Objects.equals(fileKey, key(folder.resolve(FILE)))) {
      return;
    }
    try {
      FileChannel old = channel;
      channel = openFile();
      old.close();
    } catch (IOException e) {
      throw IoErrors.cannotWrite(folder.resolve(FILE), e);
    } catch (InputException e) {
      throw new TrainingFailure(
          "%s was deleted, and another run trains in the folder now: nothing more is saved there"
              .formatted(folder.resolve(FILE)));
    }
  }

  /**
   * Returns what identifies a file or folder among all others; null if it is gone or the system has
   * no such key.
   */
  private static @Nullable Object key(Path path) {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .fileKey();
    } catch (IOException e) {
      return null;
    }
  }

  private static String holder(Path file) {
    try {
      return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
          ? Files.readString(file).strip()
          : "";
    } catch (IOException e) {
      return "";
    }
  }

  private static InputException refused(Path folder, String process) {
    return InputException.naming(
        "%s is being trained by %s; wait until it has ended, or choose another {folder}."
            .formatted(folder, process.matches("\\d+") ? "process " + process : "another process"));
  }

  /** Takes the lock; returns true without one on network file systems that have no locks. */
  private static boolean isFree(FileChannel channel) {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (IOException e) {
      return true;
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      System.getLogger(FolderLock.class.getName())
          .log(System.Logger.Level.DEBUG, "could not let go of " + folder, e);
    } finally {
      if (handle != null) {
        handle.close();
      }
      OWN.remove(folder);
    }
  }
}
