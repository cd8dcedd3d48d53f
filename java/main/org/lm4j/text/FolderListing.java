package org.lm4j.text;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.lm4j.InputException;

/**
 * The files below a folder.
 *
 * @param files regular files, or links to such, that are not hidden, in the order of their paths
 * @param hidden how many files and folders were hidden
 */
record FolderListing(List<Path> files, int hidden) {

  /**
   * Lists to the full depth.
   *
   * @throws InputException when a folder cannot be listed or there are no files
   */
  static FolderListing of(Path folder) {
    Walk walk;
    try {
      // A link would be taken for a file.
      Path root = Files.isSymbolicLink(folder) ? folder.toRealPath() : folder;
      walk = new Walk(root);
      Files.walkFileTree(root, walk);
    } catch (IOException e) {
      throw Document.unreadable(folder.toString(), e);
    }
    if (walk.files.isEmpty()) {
      throw new InputException(folder + " has no files that are not hidden; name another folder.");
    }
    walk.files.sort(Comparator.comparing(file -> file.toString().replace('\\', '/')));
    return new FolderListing(List.copyOf(walk.files), walk.hidden);
  }

  private static final class Walk extends SimpleFileVisitor<Path> {
    private final Path root;
    private final List<Path> files = new ArrayList<>();
    private int hidden;

    Walk(Path root) {
      this.root = root;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
      return !folder.equals(root) && passOver(folder)
          ? FileVisitResult.SKIP_SUBTREE
          : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      if (!passOver(file) && Files.isRegularFile(file)) {
        files.add(file);
      }
      return FileVisitResult.CONTINUE;
    }

    private boolean passOver(Path path) {
      boolean isHidden = path.getFileName().toString().startsWith(".");
      hidden += isHidden ? 1 : 0;
      return isHidden;
    }
  }
}
