package org.lm4j.foreign;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Folders from which code is loaded: only this user and root may be able to add files to them or
 * replace them. On file systems without owners and modes nothing is checked.
 */
final class PrivateFolder {
  private static final boolean POSIX =
      Path.of("")
          .getFileSystem()
          .supportedFileAttributeViews()
          .containsAll(List.of("posix", "unix"));
  private static final int OTHERS_WRITE = 02;
  private static final int GROUP_WRITES = 020;
  private static final int STICKY = 01000;

  private PrivateFolder() {}

  /**
   * Returns a folder that only this user can use, creating it if necessary.
   *
   * @throws IOException if it cannot be created, or others could change its content
   */
  static Path at(Path folder) throws IOException {
    Path parent = Objects.requireNonNull(folder.toAbsolutePath().getParent(), "the root");
    Files.createDirectories(parent);
    Path place = parent.toRealPath().resolve(Objects.requireNonNull(folder.getFileName()));
    try {
      Files.createDirectory(place, ownersOnly());
    } catch (FileAlreadyExistsException e) {
      requireOwn(place, true);
      if (POSIX) { // an older version created it with the permissions that the mask allowed
        Files.setPosixFilePermissions(place, PosixFilePermissions.fromString("rwx------"));
      }
    }
    for (Path above = parent.toRealPath(); above != null; above = above.getParent()) {
      requireSafe(above);
    }
    return place;
  }

  /** Creates a new folder in the temporary folder, which is removed when this process ends. */
  static Path fresh() throws IOException {
    Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
    Path folder = Files.createTempDirectory(temporary, "lm4j-", ownersOnly());
    Runtime.getRuntime().addShutdownHook(new Thread(() -> deleteQuietly(folder)));
    return folder;
  }

  private static FileAttribute<?>[] ownersOnly() {
    Set<PosixFilePermission> permissions = PosixFilePermissions.fromString("rwx------");
    return POSIX
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
        : new FileAttribute<?>[0];
  }

  /**
   * Returns whether a file or folder (not a link) belongs to this user and only this user can write
   * it.
   */
  static boolean isOwn(Path path, boolean folder) {
    try {
      requireOwn(path, folder);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static void requireOwn(Path path, boolean folder) throws IOException {
    boolean right =
        folder
            ? Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
            : Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS);
    if (!right) {
      throw new IOException(path + " is a link, or not what it ought to be");
    }
    if (POSIX && uid(path) != ownUid()) {
      throw new IOException(path + " belongs to another user");
    }
    if (POSIX && (mode(path) & OTHERS_WRITE) != 0) {
      throw new IOException(path + " can be written by others");
    }
  }

  /**
   * Checks that other users cannot replace the content of a folder, as sshd requires of a home
   * folder.
   */
  private static void requireSafe(Path folder) throws IOException {
    if (!POSIX) {
      return;
    }
    int uid = uid(folder);
    if (uid != 0 && uid != ownUid()) {
      throw new IOException(folder + " belongs to another user");
    }
    int mode = mode(folder);
    boolean byGroup = (mode & GROUP_WRITES) != 0 && !isOwnersGroup(folder);
    if ((mode & STICKY) == 0 && (byGroup || (mode & OTHERS_WRITE) != 0)) {
      throw new IOException(folder + " can be written by others");
    }
  }

  /**
   * Returns whether the group is the owner's private group: many systems give each user a group of
   * that name without other members.
   */
  private static boolean isOwnersGroup(Path folder) throws IOException {
    return Files.getAttribute(folder, "posix:group")
        .toString()
        .equals(Files.getAttribute(folder, "posix:owner").toString());
  }

  private static int uid(Path path) throws IOException {
    return (Integer) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
  }

  private static int mode(Path path) throws IOException {
    return (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
  }

  /** Returns this user's id, found by creating a file. */
  private static int ownUid() throws IOException {
    Path self = Path.of("/proc/self");
    if (Files.exists(self)) {
      return (Integer) Files.getAttribute(self, "unix:uid");
    }
    Path probe = Files.createTempFile("lm4j-", "");
    try {
      return uid(probe);
    } finally {
      Files.delete(probe);
    }
  }

  /** Deletes a folder of files, or a link. */
  static void delete(Path folder) throws IOException {
    if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      try (Stream<Path> paths = Files.list(folder)) {
        for (Path path : paths.toList()) {
          Files.delete(path);
        }
      }
    }
    Files.deleteIfExists(folder);
  }

  private static void deleteQuietly(Path folder) {
    try {
      delete(folder);
    } catch (IOException e) {
      System.getLogger(PrivateFolder.class.getName())
          .log(System.Logger.Level.WARNING, "cannot remove " + folder, e);
    }
  }
}
