package org.lm4j.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Performs every change to files that have to survive a crash, with one method for each kind. All
 * of them are announced to an observer first, which is how tests stop or fail a run at any of them.
 */
final class DiskChanges {
  /** An observer that is called before each change. */
  @FunctionalInterface
  interface Observer {
    /**
     * Observes a change before it is made.
     *
     * @param what "create", "write", "force", "rename" or "delete"
     * @throws IOException to make the change fail
     */
    void before(String what, Path file) throws IOException;
  }

  private static volatile @Nullable Observer observer;

  private DiskChanges() {}

  /** Sets the observer of the changes, or null for none. */
  static void observe(@Nullable Observer next) {
    observer = next;
  }

  /** Announces a change that the caller makes. */
  static void announce(String what, Path file) throws IOException {
    Observer watching = observer;
    if (watching != null) {
      watching.before(what, file);
    }
  }

  /** Writes all that remains in {@code buffer}; a channel may take less than it is given. */
  static void write(FileChannel channel, ByteBuffer buffer, Path file) throws IOException {
    announce("write", file);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  /** Forces a file to the disk. */
  static void force(FileChannel channel, Path file) throws IOException {
    announce("force", file);
    channel.force(true);
  }

  /** Renames a file or folder atomically, replacing an existing one. */
  static void rename(Path from, Path to) throws IOException {
    announce("rename", to);
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Deletes a file, a link (never its target) or an empty folder, if it exists. */
  static boolean delete(Path file) throws IOException {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    announce("delete", file);
    return Files.deleteIfExists(file);
  }

  /** Makes a folder, which must not exist. */
  static void createFolder(Path folder) throws IOException {
    announce("create", folder);
    Files.createDirectory(folder);
  }

  /** Deletes a folder and everything in it; for a link, only the link. */
  static void deleteAll(Path folder) throws IOException {
    if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.toList()) {
          deleteAll(file);
        }
      } catch (NoSuchFileException e) {
        return; // another process was faster
      }
    }
    delete(folder);
  }
}
