package org.lm4j.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.io.FileGroup;
import org.lm4j.io.IoErrors;
import org.lm4j.model.ModelFiles;

/**
 * A new model that is built in a hidden folder inside its model folder, while an older model there
 * stays intact: any failure before {@link #install} (bad text, a full disk, too little memory)
 * costs the user nothing, and at every moment of {@link #install} the folder holds the old model or
 * the new one, see {@link FileGroup}.
 */
public final class StagedFolder implements AutoCloseable {
  /** The treatment of an existing model. */
  public enum Existing {
    /** Refuse to begin. */
    REFUSE,
    /** Replace it, once the new one is whole. */
    REPLACE
  }

  private final Path target;
  private final FileGroup group;
  private final boolean made;
  private final boolean replaces;
  private FileGroup.@Nullable Change change;
  private @Nullable FolderLock lock;

  /**
   * Prepares to make a model for {@code target}, which is created if needed.
   *
   * @throws InputException if it is a file, it holds a model that is not to be replaced, or a run
   *     trains in it
   * @throws java.io.UncheckedIOException if it cannot be written to
   */
  public StagedFolder(Path target, Existing existing) {
    requireFolder(target);
    this.target = target;
    this.group = ModelFiles.group(target);
    this.made = !Files.exists(target);
    try {
      Files.createDirectories(target);
    } catch (IOException e) {
      throw IoErrors.cannotWrite(target, e);
    }
    boolean ready = false;
    try {
      lock = FolderLock.take(target);
      replaces = group.isOccupied();
      if (replaces && existing == Existing.REFUSE) {
        throw new InputException(
            target + " already holds a model; replace it explicitly, or choose another folder");
      }
      change = group.change();
      ready = true;
    } finally {
      if (!ready) {
        close();
      }
    }
  }

  private static void requireFolder(Path target) {
    if (Files.exists(target) && !Files.isDirectory(target)) {
      throw new InputException(
          target + " is a file, but a model needs a folder; give another name.");
    }
    Path above = target.toAbsolutePath().normalize().getParent();
    while (above != null && !Files.isDirectory(above)) {
      if (Files.exists(above)) {
        throw new InputException(
            above + " is a file; there can be no model folder " + target + " in it.");
      }
      above = above.getParent();
    }
  }

  /** Leaves the target locked when this is closed: the caller closes the lock. */
  public FolderLock keepLock() {
    FolderLock kept = Objects.requireNonNull(lock);
    lock = null;
    return kept;
  }

  /** Returns whether there is an older model, which the new one will replace. */
  public boolean replaces() {
    return replaces;
  }

  /** Returns whether {@code folder} holds anything that a new model would replace. */
  public static boolean isOccupied(Path folder) {
    return ModelFiles.group(folder).isOccupied();
  }

  /**
   * Returns the folder in which to build the model; every open file in it must be closed before
   * {@link #install}.
   */
  public Path path() {
    return Objects.requireNonNull(change).path();
  }

  /**
   * Replaces what lm4j wrote into the target earlier, and nothing else, by the new model.
   *
   * @throws java.io.UncheckedIOException if that fails; the folder then holds the old model or the
   *     new one
   */
  public void install() {
    Objects.requireNonNull(change).commitAll();
  }

  /** Removes what is left aside, and the target if it was made here and got nothing. */
  @Override
  public void close() {
    if (change != null) {
      change.close();
    }
    if (lock != null) {
      lock.close();
    }
    if (made && !group.isOccupied()) {
      try {
        Files.deleteIfExists(target.resolve(FolderLock.FILE));
        Files.deleteIfExists(target);
      } catch (IOException e) {
        // What went wrong before is what the user must hear; an empty folder does no harm.
        System.getLogger(StagedFolder.class.getName())
            .log(System.Logger.Level.DEBUG, "could not clean up " + target, e);
      }
    }
  }
}
