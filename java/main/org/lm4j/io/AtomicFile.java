package org.lm4j.io;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Replaces a file atomically: at any moment, including a crash or a power failure, its name leads
 * either to the complete old content or to the complete new one.
 *
 * <p>The content goes to a temporary file in the same folder, is forced to the disk, takes the name
 * by an atomic rename, and the folder is forced too. A failure deletes the temporary file and
 * leaves the old file alone. Only a killed process leaves a temporary file behind; its name, {@code
 * .NAME.PID-N.lm4j-tmp}, distinguishes it from other files, and {@link #cleanLeftovers} removes it.
 */
public final class AtomicFile {
  private static final Pattern TEMPORARY = Pattern.compile("\\..*\\.(\\d+)-\\d+\\.lm4j-tmp");
  private static final boolean WINDOWS =
      System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows");

  private static final AtomicLong COUNTER = new AtomicLong();

  /** Temporary files this process is writing now. */
  private static final Set<Path> ACTIVE = ConcurrentHashMap.newKeySet();

  private AtomicFile() {}

  /** Produces the content of a file. */
  @FunctionalInterface
  public interface ChannelBody {
    /** Writes everything to {@code channel}, which the caller closes. */
    void writeTo(FileChannel channel) throws IOException;
  }

  /** Produces the content of a file. */
  @FunctionalInterface
  public interface StreamBody {
    /** Writes everything to {@code out}, which the caller closes. */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Replaces {@code target}, or creates it; its folder must exist. A symbolic link stays, and the
   * file it leads to is replaced. An interrupted thread finishes the file and stays interrupted: a
   * checkpoint written because the user asked to stop must not be cut short by that request.
   *
   * @throws UncheckedIOException if the content cannot be written; {@code target} is then as before
   * @throws RuntimeException whatever {@code body} throws; {@code target} is then as before
   */
  public static void write(Path target, ChannelBody body) {
    boolean interrupted = Thread.interrupted();
    try {
      replace(resolve(target), body);
    } catch (IOException e) {
      throw IoErrors.cannotWrite(target, e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Replaces {@code target} as {@link #write} does, by a body that writes to a buffered stream. */
  public static void writeStream(Path target, StreamBody body) {
    write(
        target,
        channel -> {
          DiskChanges.announce("write", target);
          OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
          body.writeTo(out);
          out.flush();
        });
  }

  /** Replaces {@code target} as {@link #write} does, by these bytes. */
  public static void writeBytes(Path target, byte[] bytes) {
    write(target, channel -> DiskChanges.write(channel, ByteBuffer.wrap(bytes), target));
  }

  /**
   * Deletes what killed processes left in {@code folder}: temporary files of this class that no
   * living process owns. Files of any other name are never touched.
   *
   * @return how many were deleted
   * @throws UncheckedIOException if the folder cannot be listed or a leftover cannot be deleted
   */
  public static int cleanLeftovers(Path folder) {
    int deleted = 0;
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, ".*.lm4j-tmp")) {
      for (Path entry : entries) {
        if (isLeftover(entry) && Files.deleteIfExists(entry)) {
          deleted++;
        }
      }
    } catch (IOException e) {
      throw IoErrors.cannotWrite(folder, e);
    }
    return deleted;
  }

  private static void replace(Path target, ChannelBody body) throws IOException {
    Path folder = target.toAbsolutePath().normalize().getParent();
    Path name = target.getFileName();
    if (folder == null || name == null) {
      throw new FileSystemException(target.toString(), null, "it is not a file name");
    }
    Path temporary =
        folder.resolve("." + name + "." + ownPid() + "-" + COUNTER.incrementAndGet() + ".lm4j-tmp");
    ACTIVE.add(temporary);
    boolean renamed = false;
    try {
      DiskChanges.announce("create", temporary);
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        body.writeTo(channel);
        DiskChanges.force(channel, temporary);
      }
      DiskChanges.rename(temporary, folder.resolve(name));
      renamed = true;
      forceFolder(folder);
    } finally {
      try {
        if (!renamed) {
          Files.deleteIfExists(temporary);
        }
      } finally {
        ACTIVE.remove(temporary);
      }
    }
  }

  /** Resolves symbolic links; refuses targets that a rename would destroy, such as /dev/null. */
  private static Path resolve(Path target) throws IOException {
    if (!Files.exists(target)) {
      return target;
    }
    if (!Files.isRegularFile(target)) {
      String what = Files.isDirectory(target) ? "it is a folder" : "it is not a regular file";
      throw new FileSystemException(target.toString(), null, what);
    }
    return Files.isSymbolicLink(target) ? target.toRealPath() : target;
  }

  /**
   * Makes the renames and deletions in a folder survive a power failure. Windows has no such call
   * and does not need it. An interrupted thread does it too and stays interrupted.
   *
   * @throws IOException if it is not a folder or cannot be forced
   */
  public static void forceFolder(Path folder) throws IOException {
    if (WINDOWS) {
      return;
    }
    boolean interrupted = Thread.interrupted();
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      DiskChanges.force(channel, folder);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static boolean isLeftover(Path entry) {
    Matcher matcher = TEMPORARY.matcher(String.valueOf(entry.getFileName()));
    if (!matcher.matches()) {
      return false;
    }
    // A restarted container often reuses a process id: then the set decides.
    String pid = matcher.group(1);
    if (pid.equals(ownPid())) {
      return !ACTIVE.contains(entry.toAbsolutePath().normalize());
    }
    return pid.length() > 18 || ProcessHandle.of(Long.parseLong(pid)).isEmpty();
  }

  private static String ownPid() {
    return Long.toString(ProcessHandle.current().pid());
  }
}
