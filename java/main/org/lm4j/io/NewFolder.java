package org.lm4j.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Makes and removes a folder with everything in it at once: it is there whole, or not at all. */
public final class NewFolder {
  private static final String PREPARING = ".preparing";
  private static final String REMOVING = ".removing";
  private static final Pattern LEFTOVER = Pattern.compile("\\..+\\.(preparing|removing)");

  private NewFolder() {}

  /**
   * Makes a folder, or replaces it.
   *
   * @param writer fills the folder that it is given, a hidden one beside the target, which is then
   *     renamed; what an interrupted process left of it is removed first
   * @throws java.io.UncheckedIOException if it cannot be written; there is then the old one or none
   */
  public static void make(Path target, Consumer<Path> writer) {
    Path aside = hidden(target, PREPARING);
    try {
      DiskChanges.deleteAll(aside);
      DiskChanges.createFolder(aside);
      writer.accept(aside);
      AtomicFile.forceFolder(aside);
      Path old = setAside(target);
      DiskChanges.rename(aside, target);
      AtomicFile.forceFolder(Objects.requireNonNull(target.toAbsolutePath().getParent()));
      DiskChanges.deleteAll(old);
    } catch (IOException e) {
      throw IoErrors.cannotWrite(target, e);
    }
  }

  /**
   * Removes a folder and everything in it; does nothing if it does not exist.
   *
   * @throws java.io.UncheckedIOException if it cannot be removed
   */
  public static void remove(Path folder) {
    try {
      DiskChanges.deleteAll(setAside(folder));
    } catch (IOException e) {
      throw IoErrors.cannotWrite(folder, e);
    }
  }

  /**
   * Removes the hidden folders that an interrupted process left in a folder while it made or
   * removed others there.
   *
   * @throws java.io.UncheckedIOException if that fails
   */
  public static void removeLeftovers(Path folder) {
    List<Path> found;
    try (Stream<Path> entries = Files.list(folder)) {
      found =
          entries
              .filter(entry -> LEFTOVER.matcher(String.valueOf(entry.getFileName())).matches())
              .filter(entry -> Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS))
              .toList();
      for (Path each : found) {
        DiskChanges.deleteAll(each);
      }
    } catch (IOException e) {
      throw IoErrors.cannotWrite(folder, e);
    }
  }

  /**
   * Gives a file that never changes a second name, as a hard link; where the file system has none,
   * it is copied.
   *
   * @throws java.io.UncheckedIOException if that fails
   */
  public static void share(Path file, Path as) {
    try {
      DiskChanges.announce("create", as);
      try {
        Files.createLink(as, file);
      } catch (IOException | UnsupportedOperationException e) {
        Files.copy(file, as);
      }
    } catch (IOException e) {
      throw IoErrors.cannotWrite(as, e);
    }
  }

  /** Renames what is at a path, so that it is gone at once; returns where it is until removed. */
  private static Path setAside(Path target) throws IOException {
    Path old = hidden(target, REMOVING);
    DiskChanges.deleteAll(old);
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      DiskChanges.rename(target, old);
    }
    return old;
  }

  private static Path hidden(Path target, String ending) {
    return target.resolveSibling("." + target.getFileName() + ending);
  }
}
