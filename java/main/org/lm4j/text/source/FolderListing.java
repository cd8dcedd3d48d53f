package org.lm4j.text.source;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The files below a folder that may be text.
 *
 * @param files regular files, or links to such, that are not hidden, in the order of their paths
 * @param skipped everything else except ordinary folders
 */
public record FolderListing(List<Path> files, SkippedFiles skipped) {
  private static final String CONFIG = "config.json";

  /** The files that identify a model folder, besides its configuration. */
  private static final List<String> OF_A_MODEL =
      List.of(
          "model.safetensors",
          "vocab.json",
          "checkpoint.safetensors",
          "train.tokens",
          "pytorch_model.bin");

  /** The files that lm4j writes into a model folder, except hidden or binary ones. */
  private static final Set<String> OWN =
      Set.of(
          CONFIG,
          "manifest.json",
          "vocab.json",
          "target-vocab.json",
          "labels.json",
          "characters.json",
          "features.json",
          "training.json",
          "log.jsonl",
          "model.safetensors",
          "checkpoint.safetensors",
          "train.tokens",
          "valid.tokens");

  /**
   * Lists a folder recursively. Model folders and the files that lm4j writes into them are left
   * out.
   *
   * @param model the folder a model is trained in, which is always left out; null: none
   * @throws UnreadableText when the folder itself cannot be listed
   */
  public static FolderListing of(Path folder, @Nullable Path model) {
    Walk walk;
    try {
      // A link would be taken for a file.
      Path root = Files.isSymbolicLink(folder) ? folder.toRealPath() : folder;
      walk = new Walk(root, model != null && Files.exists(model) ? model.toRealPath() : null);
      Files.walkFileTree(root, walk);
    } catch (IOException e) {
      throw TextSource.unreadable(folder.toString(), e);
    }
    walk.files.sort(Comparator.comparing(file -> file.toString().replace('\\', '/')));
    return new FolderListing(List.copyOf(walk.files), walk.skipped);
  }

  /** Returns whether a file is one of those that lm4j wrote into a model folder. */
  public static boolean isOfModel(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    return folder != null
        && OWN.contains(String.valueOf(file.getFileName()))
        && Files.exists(file)
        && isModelFolder(folder);
  }

  private static boolean isModelFolder(Path folder) {
    return Files.exists(folder.resolve(CONFIG))
        && OF_A_MODEL.stream().anyMatch(name -> Files.exists(folder.resolve(name)));
  }

  private static final class Walk extends SimpleFileVisitor<Path> {
    private final Path root;
    private final @Nullable Path model;
    private final boolean rootIsModel;
    private final List<Path> files = new ArrayList<>();
    private final SkippedFiles skipped = new SkippedFiles();

    Walk(Path root, @Nullable Path model) throws IOException {
      this.root = root;
      this.model = model;
      this.rootIsModel = isModelFolder(root) || root.toRealPath().equals(model);
    }

    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
        throws IOException {
      if (folder.equals(root)) {
        return FileVisitResult.CONTINUE;
      }
      if (isHidden(folder)) {
        skipped.add(SkipReason.HIDDEN, folder.toString());
        return FileVisitResult.SKIP_SUBTREE;
      }
      if (isModelFolder(folder) || (model != null && folder.toRealPath().equals(model))) {
        skipped.add(SkipReason.MODEL, folder.toString());
        return FileVisitResult.SKIP_SUBTREE;
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      SkipReason reason = reasonToSkip(file);
      if (reason == null) {
        files.add(file);
      } else {
        skipped.add(reason, file.toString());
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
      if (file.equals(root)) {
        throw e;
      }
      boolean folder = Files.isDirectory(file);
      skipped.add(
          folder ? SkipReason.UNREADABLE_FOLDER : SkipReason.UNREADABLE_FILE, file.toString());
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException e) {
      if (e != null) { // it could be listed in part
        skipped.add(SkipReason.UNREADABLE_FOLDER, folder.toString());
      }
      return FileVisitResult.CONTINUE;
    }

    private @Nullable SkipReason reasonToSkip(Path file) {
      if (isHidden(file)) {
        return SkipReason.HIDDEN;
      }
      if (rootIsModel
          && root.equals(file.getParent())
          && OWN.contains(file.getFileName().toString())) {
        return SkipReason.MODEL;
      }
      if (Files.isRegularFile(file)) {
        return null;
      }
      if (Files.isDirectory(file)) {
        return SkipReason.LINKED_FOLDER;
      }
      boolean leadsNowhere = Files.isSymbolicLink(file) && !Files.exists(file);
      return leadsNowhere ? SkipReason.DANGLING_LINK : SkipReason.SPECIAL;
    }

    private static boolean isHidden(Path path) {
      return path.getFileName().toString().startsWith(".");
    }
  }
}
