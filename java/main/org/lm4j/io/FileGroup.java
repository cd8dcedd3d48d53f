package org.lm4j.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;

/**
 * A group of files in a folder that are replaced together, atomically, and verified by checksums
 * when they are read.
 *
 * <p>New files are written into a hidden folder inside the folder. One rename of that hidden folder
 * to its second name commits all of them at once; only then are they moved to their places, one by
 * one. A reader that finds a folder with the second name, after a crash or during the moves, reads
 * the files from there; the next change finishes the moves. Hidden folders with the first name are
 * never read, and the next change removes them. So the files are the old ones or the new ones at
 * every moment, whatever fails.
 *
 * <p>Nothing here is written through a symbolic link below the folder: renaming replaces links. One
 * object may be used by one thread at a time.
 */
public final class FileGroup {
  private static final String ASIDE = ".preparing";
  private static final String COMMITTED = ".committed";
  private static final int ATTEMPTS = 4;

  private final Path folder;
  private final List<String> names;

  /** Checksums of files read completely; a training run never replaces these files one by one. */
  private final Map<String, FileSum> seen = new HashMap<>();

  private byte[] parsedBytes = {};
  private @Nullable Manifest parsed; // of those bytes

  /**
   * Creates the group for a folder.
   *
   * @param names the names of all files that can belong to it; no other files are ever touched
   */
  public FileGroup(Path folder, List<String> names) {
    this.folder = folder;
    this.names = List.copyOf(names);
  }

  /** Returns where a file lies now, whether or not it exists. */
  public Path locate(String name) {
    byte[] committed = committedManifest();
    if (committed == null) {
      return folder.resolve(name);
    }
    Path waiting = folder.resolve(COMMITTED).resolve(name);
    boolean moved = !Files.exists(waiting) && manifest(committed).sum(name) != null;
    return moved ? folder.resolve(name) : waiting;
  }

  /** Returns whether the file exists. */
  public boolean exists(String name) {
    return Files.exists(locate(name));
  }

  /** Returns whether any of the files exists. */
  public boolean isOccupied() {
    return Files.isDirectory(folder.resolve(COMMITTED), LinkOption.NOFOLLOW_LINKS)
        || names.stream().anyMatch(name -> Files.exists(folder.resolve(name)));
  }

  /**
   * Reads a file whole.
   *
   * @throws InputException if it cannot be read, is too large for a text, fails its checksum, or
   *     the files were replaced since an earlier one was read
   */
  public byte[] read(String name) {
    byte[][] content = new byte[1][];
    FileSum known =
        reading(
            name,
            (file, sum) -> {
              content[0] = Json.bytes(file);
              return FileSum.of(content[0]);
            });
    requireSameFiles();
    if (known != null) {
      seen.put(name, known);
    }
    return Objects.requireNonNull(content[0]);
  }

  /**
   * Opens a safetensors file.
   *
   * @throws InputException if it cannot be read, is not valid, fails its checksum, or the files
   *     were replaced since an earlier one was read
   */
  public SafetensorsFile open(String name) {
    SafetensorsFile[] opened = new SafetensorsFile[1];
    boolean good = false;
    try {
      reading(
          name,
          (file, known) -> {
            close(opened[0]);
            opened[0] = null;
            try {
              opened[0] = SafetensorsFile.open(file);
              return known == null ? null : opened[0].sum();
            } catch (InputException e) {
              // A wrong checksum explains more than the parse error does.
              return FileSum.ofChanged(file, known, e);
            }
          });
      requireSameFiles();
      good = true;
      return Objects.requireNonNull(opened[0]);
    } finally {
      if (!good) {
        close(opened[0]);
      }
    }
  }

  /**
   * Returns the length and checksum that a file was written with, without reading it; null if they
   * are not known.
   *
   * @throws InputException if the list of checksums cannot be read
   */
  public @Nullable FileSum recorded(String name) {
    return manifest().sum(name);
  }

  /**
   * Compares a file with its checksum.
   *
   * @return whether there is a checksum to compare with
   * @throws InputException if it cannot be read, or fails its checksum
   */
  public boolean check(String name) {
    return reading(name, (file, known) -> known == null ? null : FileSum.of(file)) != null;
  }

  /**
   * Compares the beginning of a growing file with its last known checksum.
   *
   * @return the last known checksum, or null
   * @throws InputException if it cannot be read, or was changed
   */
  public @Nullable FileSum checkBeginning(String name) {
    return reading(
        name, (file, known) -> known == null ? null : FileSum.ofBeginning(file, known.bytes()));
  }

  /** Reads a file and returns its checksum, or null if it is not known. */
  @FunctionalInterface
  private interface Reading {
    @Nullable FileSum sumOf(Path file, @Nullable FileSum known);
  }

  /**
   * Reads a file, and once more if a run replaced it meanwhile. Returns the checksum it should
   * have.
   */
  private @Nullable FileSum reading(String name, Reading reading) {
    for (int attempt = 1; ; attempt++) {
      Manifest manifest = manifest();
      Path file = locate(name);
      InputException failure;
      try {
        FileSum known = manifest.sum(name);
        FileSum found = reading.sumOf(file, known);
        if (known == null || found == null || known.equals(found)) {
          return known;
        }
        failure = damaged(file, known, found);
      } catch (InputException e) {
        failure = e;
      }
      if (attempt == ATTEMPTS || (manifest.equals(manifest()) && file.equals(locate(name)))) {
        throw failure;
      }
    }
  }

  private InputException damaged(Path file, FileSum known, FileSum found) {
    return new InputException(
        "%s is damaged, or from another copy of the folder: %s; restore the whole folder from a copy, or, if you changed the file on purpose, delete %s"
            .formatted(file, known.difference(found), folder.resolve(Manifest.FILE)));
  }

  private void requireSameFiles() {
    Manifest now = manifest();
    seen.forEach(
        (name, sum) -> {
          if (!Objects.equals(now.sum(name), sum)) {
            throw new InputException(
                folder + " was replaced by another model while it was read; try again");
          }
        });
  }

  private static void close(@Nullable SafetensorsFile file) {
    if (file != null) {
      file.close();
    }
  }

  private Manifest manifest() {
    byte[] committed = committedManifest();
    return committed != null ? manifest(committed) : placedManifest();
  }

  private Manifest manifest(byte[] bytes) {
    if (parsed == null || !Arrays.equals(bytes, parsedBytes)) {
      parsed = Manifest.parse(bytes, folder.resolve(Manifest.FILE), names);
      parsedBytes = bytes;
    }
    return parsed;
  }

  private Manifest placedManifest() {
    byte[] bytes = bytesOrNull(folder.resolve(Manifest.FILE));
    return bytes == null ? Manifest.NONE : manifest(bytes);
  }

  /**
   * Returns the manifest of committed files that have not been moved to their places; null if there
   * are none.
   */
  private byte @Nullable [] committedManifest() {
    Path committed = folder.resolve(COMMITTED);
    return Files.isDirectory(committed, LinkOption.NOFOLLOW_LINKS)
        ? bytesOrNull(committed.resolve(Manifest.FILE))
        : null;
  }

  private static byte @Nullable [] bytesOrNull(Path file) {
    try {
      return Json.bytes(file);
    } catch (InputException e) {
      if (e.getCause() instanceof NoSuchFileException) {
        return null;
      }
      throw e;
    }
  }

  /**
   * Finishes the committed change of an interrupted process and removes uncommitted files. To be
   * called only by the process that holds the folder's write lock.
   *
   * @throws java.io.UncheckedIOException if that fails; nothing is then lost
   */
  public void recover() {
    moveCommitted();
    Path aside = folder.resolve(ASIDE);
    try {
      DiskChanges.deleteAll(aside);
    } catch (IOException e) {
      throw IoErrors.cannotWrite(aside, e);
    }
  }

  private void moveCommitted() {
    Path committed = folder.resolve(COMMITTED);
    Path at = committed;
    try {
      byte[] bytes = committedManifest();
      if (bytes != null) {
        Manifest manifest = manifest(bytes);
        for (String name : names) {
          at = folder.resolve(name);
          if (manifest.sum(name) == null) {
            DiskChanges.delete(at);
          } else if (Files.exists(committed.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
            DiskChanges.rename(committed.resolve(name), at);
          }
        }
        at = folder; // all files of the manifest are durably in place before it is removed
        AtomicFile.forceFolder(folder);
        AtomicFile.forceFolder(committed);
        at = folder.resolve(Manifest.FILE);
        DiskChanges.rename(committed.resolve(Manifest.FILE), at);
        at = folder;
        AtomicFile.forceFolder(folder);
      }
      at = committed;
      DiskChanges.deleteAll(committed);
    } catch (IOException e) {
      throw IoErrors.cannotWrite(at, e);
    }
  }

  /**
   * Begins a change.
   *
   * @throws java.io.UncheckedIOException if the folder cannot be written to
   */
  public Change change() {
    recover();
    Path aside = folder.resolve(ASIDE);
    try {
      DiskChanges.createFolder(aside);
    } catch (IOException e) {
      throw IoErrors.cannotWrite(aside, e);
    }
    return new Change(aside);
  }

  /** A change that replaces files atomically. */
  public final class Change implements AutoCloseable {
    private final Path aside;
    private final Map<String, FileSum> given = new HashMap<>();
    private boolean over;

    private Change(Path aside) {
      this.aside = aside;
    }

    /** Returns the folder to write the new files to. */
    public Path path() {
      return aside;
    }

    /** Records the checksum of the current bytes of a file that stays in place and only grows. */
    public void note(String name, FileSum sum) {
      given.put(name, sum);
    }

    /**
     * Replaces the files that were written; the others stay.
     *
     * @throws java.io.UncheckedIOException if that fails: the files are then the old ones or the
     *     new ones, all of them
     */
    public void commit() {
      Manifest old = placedManifest();
      Map<String, FileSum> sums = new HashMap<>(written());
      for (String name : names) {
        if (!sums.containsKey(name) && Files.exists(folder.resolve(name))) {
          FileSum known = given.getOrDefault(name, old.sum(name));
          sums.put(name, known != null ? known : FileSum.of(folder.resolve(name)));
        }
      }
      commit(new Manifest(sums));
    }

    /** Replaces the files that were written and deletes the others. */
    public void commitAll() {
      commit(new Manifest(written()));
    }

    private Map<String, FileSum> written() {
      Map<String, FileSum> sums = new HashMap<>();
      for (String name : names) {
        if (Files.exists(aside.resolve(name))) {
          sums.put(name, FileSum.of(aside.resolve(name)));
        }
      }
      return sums;
    }

    private void commit(Manifest manifest) {
      manifest.write(aside);
      Path committed = folder.resolve(COMMITTED);
      try {
        AtomicFile.forceFolder(aside);
        DiskChanges.rename(aside, committed);
        over = true;
        AtomicFile.forceFolder(folder);
      } catch (IOException e) {
        throw IoErrors.cannotWrite(committed, e);
      }
      moveCommitted();
    }

    /** Removes files that were written but not committed. */
    @Override
    public void close() {
      if (over) {
        return;
      }
      over = true;
      try {
        DiskChanges.deleteAll(aside);
      } catch (IOException e) {
        System.getLogger(FileGroup.class.getName())
            .log(System.Logger.Level.DEBUG, "could not remove " + aside, e);
      }
    }
  }
}
