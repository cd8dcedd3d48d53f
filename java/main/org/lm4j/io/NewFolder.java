package org.lm4j.io;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Consumer;

/** Makes a folder with everything in it at once: it is there whole, or not at all. */
public final class NewFolder {
  private NewFolder() {}

  /**
   * Makes a folder, or replaces it.
   *
   * @param writer fills the folder that it is given, a hidden one beside the target, which is then
   *     renamed; what an interrupted process left of it is removed first
   * @throws java.io.UncheckedIOException if it cannot be written; there is then the old one or none
   */
  public static void make(Path target, Consumer<Path> writer) {
    Path aside = target.resolveSibling("." + target.getFileName() + ".preparing");
    try {
      DiskChanges.deleteAll(aside);
      DiskChanges.createFolder(aside);
      writer.accept(aside);
      AtomicFile.forceFolder(aside);
      DiskChanges.deleteAll(target);
      DiskChanges.rename(aside, target);
      AtomicFile.forceFolder(Objects.requireNonNull(target.toAbsolutePath().getParent()));
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
      DiskChanges.deleteAll(folder);
    } catch (IOException e) {
      throw IoErrors.cannotWrite(folder, e);
    }
  }
}
