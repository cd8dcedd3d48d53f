package org.lm4j.text;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.text.source.FolderListing;
import org.lm4j.text.source.SkippedFiles;
import org.lm4j.text.source.SourceDigest;
import org.lm4j.text.source.SourcePrint;
import org.lm4j.text.source.TextSource;

/**
 * The texts a user named, in order: files, folders, gzip and zip files, and {@code -} for the
 * standard input. The format of a file is recognised by its first bytes.
 *
 * <p>A file the user names must be complete, undamaged text, or it is refused. Folders are read
 * recursively, files in the order of their paths; the files of a zip archive come in the order of
 * their names. Files found there that cannot be read as text are skipped, counted and named ({@link
 * SkippedFiles}), and so are hidden files (whose names begin with a dot), links to folders, and
 * model folders.
 *
 * <p>Texts are never held in memory. The standard input and named files are opened once.
 */
public final class Sources {
  /** One argument or one file of a folder. */
  private record Item(@Nullable Path path, @Nullable Path folder) {}

  private final List<Item> items;
  private final List<Path> folders;
  private final InputStream standardInput;
  private final SkippedFiles listed;
  private SkippedFiles skipped = new SkippedFiles();
  private final List<Item> taken = new ArrayList<>(); // those that were text
  private @Nullable SourceDigest typed; // of the standard input, once it has been read

  private Sources(
      List<Item> items, List<Path> folders, InputStream standardInput, SkippedFiles listed) {
    this.items = List.copyOf(items);
    this.folders = List.copyOf(folders);
    this.standardInput = standardInput;
    this.listed = listed;
  }

  /**
   * Resolves the arguments; folders are listed, but nothing is read yet.
   *
   * @param standardInput the stream that {@code -} reads; not closed
   * @throws InputException when there are no arguments, one does not exist or cannot be listed, or
   *     {@code -} is given twice
   */
  public static Sources of(List<String> arguments, InputStream standardInput) {
    return of(arguments, standardInput, null);
  }

  /**
   * Resolves the arguments, leaving out one folder wherever it lies.
   *
   * @param model the folder of the model that is trained on the texts; null: none
   */
  public static Sources of(
      List<String> arguments, InputStream standardInput, @Nullable Path model) {
    List<Item> items = new ArrayList<>();
    List<Path> folders = new ArrayList<>();
    SkippedFiles listed = new SkippedFiles();
    if (arguments.isEmpty()) {
      throw InputException.naming("No text was given; name a file, a folder or - after {corpus}.");
    }
    for (String argument : arguments) {
      if (argument.equals("-")) {
        if (items.stream().anyMatch(item -> item.path() == null)) {
          throw new InputException("The standard input (-) is given twice; it can be read once.");
        }
        items.add(new Item(null, null));
        continue;
      }
      Path path = path(argument);
      if (Files.isDirectory(path)) {
        FolderListing listing = FolderListing.of(path, model);
        listing.files().forEach(file -> items.add(new Item(file, path)));
        listed.addAll(listing.skipped());
        requireFiles(path, listing);
        folders.add(path);
      } else if (Files.exists(path)) {
        items.add(new Item(path, null));
      } else {
        String why =
            Files.isSymbolicLink(path) ? " is a link that leads nowhere" : " does not exist";
        throw new InputException(argument + why + "; name a file or folder of text.");
      }
    }
    return new Sources(items, folders, standardInput, listed);
  }

  private static void requireFiles(Path folder, FolderListing listing) {
    if (!listing.files().isEmpty()) {
      return;
    }
    if (listing.skipped().total() == 0) {
      throw new InputException(folder + " has no files; name another folder.");
    }
    throw new InputException(
        "%s has no text files; skipped: %s; name another folder."
            .formatted(folder, listing.skipped().summary()));
  }

  /** Returns whether a file exists and is one that lm4j writes into a model folder. */
  public static boolean isOfModel(Path file) {
    return FolderListing.isOfModel(file);
  }

  /**
   * Returns the size on disk in bytes, as {@link #read} reports it; -1 when it is not known in
   * advance.
   */
  public long totalBytes() {
    long total = 0;
    for (Item item : items) {
      try {
        if (item.path() == null || !Files.isRegularFile(item.path())) {
          return -1;
        }
        total += Files.size(item.path());
      } catch (IOException e) {
        throw TextSource.unreadable(item.path().toString(), e);
      }
    }
    return total;
  }

  /** Returns the files that were found but skipped; complete once the texts have been read. */
  public SkippedFiles skipped() {
    SkippedFiles all = new SkippedFiles();
    all.addAll(listed);
    all.addAll(skipped);
    return all;
  }

  /** Returns the names of the arguments, for messages. */
  public String names() {
    List<String> names = new ArrayList<>();
    for (Item item : items) {
      Path named = item.folder() == null ? item.path() : item.folder();
      String name = named == null ? "the standard input" : named.toString();
      if (names.isEmpty() || !names.getLast().equals(name)) {
        names.add(name);
      }
    }
    return String.join(", ", names);
  }

  /**
   * Returns the identity of each text that was named, once all have been read. Files are read again
   * for it, without being unpacked.
   *
   * @throws InputException if one can no longer be read
   */
  public List<SourcePrint> prints() {
    List<SourcePrint> prints = new ArrayList<>();
    for (int i = 0; i < taken.size(); ) {
      Item first = taken.get(i++);
      if (first.path() == null) {
        prints.add(Objects.requireNonNull(typed).print("-"));
        continue;
      }
      SourceDigest digest = new SourceDigest();
      digest.add(first.path());
      Path folder = first.folder();
      while (folder != null && i < taken.size() && folder.equals(taken.get(i).folder())) {
        digest.add(Objects.requireNonNull(taken.get(i++).path()));
      }
      prints.add(digest.print(folder == null ? first.path() : folder));
    }
    return prints;
  }

  /** Receives the texts one after the other. */
  public interface Reader {
    void read(Document document) throws IOException;
  }

  /**
   * Passes each text to the reader. A file that was only found in a folder or an archive is first
   * read to its end, to check that it is text.
   *
   * @param level the level of the tokens to be made
   * @param progress receives the number of bytes read from disk since the last call
   * @throws InputException when a named file cannot be read or is not text, or a folder or an
   *     archive has no text
   */
  public void read(Level level, Reader reader, LongConsumer progress) {
    skipped = new SkippedFiles();
    taken.clear();
    Pass pass = new Pass(level, reader, progress, skipped);
    Set<Path> withText = new HashSet<>();
    for (Item item : items) {
      Path path = item.path();
      if (path == null) {
        typed = new SourceDigest();
        pass.readStandardInput(typed.reading(standardInput));
        taken.add(item);
      } else if (item.folder() == null) {
        pass.readNamed(path);
        taken.add(item);
      } else if (pass.readFound(path)) {
        taken.add(item);
        withText.add(item.folder());
      }
    }
    for (Path folder : folders) {
      if (!withText.contains(folder)) {
        throw new InputException(
            "%s has no text files; skipped: %s; name another folder."
                .formatted(folder, skipped().summary()));
      }
    }
  }

  private static Path path(String argument) {
    try {
      return Path.of(argument);
    } catch (InvalidPathException e) {
      throw new InputException("'" + argument + "' is not a valid path: " + e.getReason() + ".", e);
    }
  }
}
