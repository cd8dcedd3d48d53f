package org.lm4j.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.io.AtomicFile;
import org.lm4j.model.ModelFiles;
import org.lm4j.text.CorpusBuilder;

/**
 * A new model made aside, inside the folder it is meant for, while an older one there stays whole:
 * whatever goes wrong before {@link #install} (bad text, a full disk, too little memory) costs the
 * user nothing.
 */
public final class StagedFolder implements AutoCloseable {
  private static final String ASIDE = ".preparing";

  /** What lm4j writes into a model folder; the checkpoint last, for it makes the rest a run. */
  private static final List<String> FILES =
      List.of(
          ModelFiles.CONFIG,
          ModelFiles.VOCABULARY,
          ModelFiles.TARGET_VOCABULARY,
          ModelFiles.LABELS,
          ModelFiles.CHARACTERS,
          ModelFiles.FEATURES,
          ModelFiles.WEIGHTS,
          MetricsLog.FILE,
          CorpusBuilder.TRAIN,
          CorpusBuilder.VALID,
          Checkpoint.FILE);

  private final Path target;
  private final Path aside;
  private final boolean made;
  private @Nullable FolderLock lock;

  /**
   * Prepares to make a model for {@code target}, which is created if needed.
   *
   * @throws InputException if it is a file, or a run trains in it
   * @throws UncheckedIOException if it cannot be written to
   */
  public StagedFolder(Path target) {
    if (Files.exists(target) && !Files.isDirectory(target)) {
      throw new InputException(target + " is a file; --model names a folder.");
    }
    Path above = target.toAbsolutePath().normalize().getParent();
    while (above != null && !Files.isDirectory(above)) {
      if (Files.exists(above)) {
        throw new InputException(
            above + " is a file; there can be no model folder " + target + " in it.");
      }
      above = above.getParent();
    }
    this.target = target;
    this.aside = target.resolve(ASIDE);
    this.made = !Files.exists(target);
    try {
      Files.createDirectories(target);
      lock = FolderLock.take(target);
      removeAside();
      Files.createDirectories(aside);
    } catch (IOException e) {
      close();
      throw new UncheckedIOException(e);
    }
  }

  /** Leaves the target locked when this is closed: the caller closes the lock. */
  FolderLock keepLock() {
    FolderLock kept = Objects.requireNonNull(lock);
    lock = null;
    return kept;
  }

  /** Whether {@code folder} holds anything that a new model would replace. */
  public static boolean isOccupied(Path folder) {
    return FILES.stream().anyMatch(name -> Files.exists(folder.resolve(name)));
  }

  /** Where to make the model; every open file in it must be closed before {@link #install}. */
  public Path path() {
    return aside;
  }

  /**
   * Removes what lm4j wrote into the target earlier, and nothing else; moves the new model in. Each
   * change is on disk before the next: a power cut leaves no checkpoint without what it belongs to.
   */
  public void install() {
    try {
      for (String name : FILES.reversed()) {
        if (Files.deleteIfExists(target.resolve(name))) {
          AtomicFile.forceFolder(target);
        }
      }
      for (String name : FILES) {
        if (Files.exists(aside.resolve(name))) {
          Files.move(aside.resolve(name), target.resolve(name), StandardCopyOption.ATOMIC_MOVE);
          AtomicFile.forceFolder(target);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Removes what is left aside, and the target if it was made here and got nothing. */
  @Override
  public void close() {
    try {
      removeAside();
      if (lock != null) {
        lock.close();
      }
      if (made && !isOccupied(target)) {
        Files.deleteIfExists(target.resolve(FolderLock.FILE));
        Files.deleteIfExists(target);
      }
    } catch (IOException e) {
      // What went wrong before is what the user must hear; leftovers are removed by the next run.
      System.getLogger(StagedFolder.class.getName())
          .log(System.Logger.Level.DEBUG, "could not clean up " + target, e);
    }
  }

  private void removeAside() throws IOException {
    if (!Files.isDirectory(aside)) {
      return;
    }
    try (Stream<Path> files = Files.list(aside)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(aside);
  }
}
