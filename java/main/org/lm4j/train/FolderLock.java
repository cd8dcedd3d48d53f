package org.lm4j.train;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.lm4j.InputException;
import org.lm4j.io.IoErrors;

/**
 * Sees to it that one run at a time trains in a folder: two would leave weights of the one beside a
 * description of the other. The system lets go of the lock when the process ends, however it does;
 * the file stays, for whoever removed it could not know that nobody had opened it meanwhile.
 *
 * <p>Where locks are those of POSIX, closing any channel of a file lets go of all the process has
 * on it: this process's own are known without opening it, and nothing else reads the file.
 */
final class FolderLock implements AutoCloseable {
  /** Name of the file in the model folder: the number of the process that trained last. */
  static final String FILE = ".training";

  /** Folders in which runs of this process train. */
  private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

  private final Path folder;
  private final FileChannel channel;

  private FolderLock(Path folder, FileChannel channel) {
    this.folder = folder;
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
    try {
      Path real = folder.toRealPath();
      if (!OWN.add(real)) {
        throw refused(folder, Long.toString(ProcessHandle.current().pid()));
      }
      boolean taken = false;
      try {
        FileChannel channel = open(folder, file);
        taken = true;
        return new FolderLock(real, channel);
      } finally {
        if (!taken) {
          OWN.remove(real);
        }
      }
    } catch (IOException e) {
      throw IoErrors.cannotWrite(file, e);
    }
  }

  private static FileChannel open(Path folder, Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    boolean locked = false;
    try {
      if (!isFree(channel)) {
        ByteBuffer holder = ByteBuffer.allocate(20);
        channel.read(holder, 0);
        throw refused(folder, new String(holder.array(), 0, holder.position(), UTF_8).strip());
      }
      byte[] mine = (ProcessHandle.current().pid() + "\n").getBytes(UTF_8);
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(mine), 0);
      locked = true;
      return channel;
    } finally {
      if (!locked) {
        channel.close();
      }
    }
  }

  private static InputException refused(Path folder, String process) {
    return new InputException(
        "%s is being trained by process %s; wait until it has ended, or choose another --model."
            .formatted(folder, process));
  }

  /** Takes the lock; some network file systems know of none, and have to do without. */
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
      OWN.remove(folder);
    }
  }
}
