package org.lm4j.text;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;

/**
 * The texts a user named, in order: files, folders, {@code .gz} and {@code .zip} files, and {@code
 * -} for the standard input.
 *
 * <p>A folder is read to its depth, files in the order of their paths. Passed over inside folders
 * and archives: what is hidden (a name beginning with a dot) and what is binary (a NUL among the
 * first 8192 bytes). Folders that are links are not entered. {@code .gz} and {@code .zip} are
 * opened wherever they lie; the entries of a {@code .zip} come in the order of their names.
 *
 * <p>Each text is opened once and never held in memory.
 */
public final class Sources {
  /** One argument or one file of a folder. */
  private record Item(@Nullable Path path, @Nullable Path folder) {}

  private final List<Item> items;
  private final InputStream standardInput;
  private final int hidden;
  private int skipped;
  private boolean anyBytes;

  private Sources(List<Item> items, InputStream standardInput, int hidden) {
    this.items = List.copyOf(items);
    this.standardInput = standardInput;
    this.hidden = hidden;
  }

  /**
   * Looks up what the arguments name; folders are listed, nothing is read yet.
   *
   * @param standardInput what {@code -} reads; not closed
   * @throws InputException when there are no arguments, one does not exist or cannot be listed, a
   *     folder has no files, or {@code -} is given twice
   */
  public static Sources of(List<String> arguments, InputStream standardInput) {
    List<Item> items = new ArrayList<>();
    int hidden = 0;
    if (arguments.isEmpty()) {
      throw new InputException("No text was given; name a file, a folder or - after --corpus.");
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
        FolderListing listing = FolderListing.of(path);
        listing.files().forEach(file -> items.add(new Item(file, path)));
        hidden += listing.hidden();
      } else if (Files.exists(path)) {
        items.add(new Item(path, null));
      } else {
        throw new InputException(argument + " does not exist; name a file or folder of text.");
      }
    }
    return new Sources(items, standardInput, hidden);
  }

  /** Bytes on disk, as {@link #read} reports them; -1 when it cannot be known before. */
  public long totalBytes() {
    long total = 0;
    for (Item item : items) {
      try {
        if (item.path() == null || !Files.isRegularFile(item.path())) {
          return -1;
        }
        total += Files.size(item.path());
      } catch (IOException e) {
        throw Document.unreadable(item.path().toString(), e);
      }
    }
    return total;
  }

  /** How many hidden or binary files were passed over; complete once the texts have been read. */
  public int skipped() {
    return hidden + skipped;
  }

  /** The arguments' names, for messages. */
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

  /** Takes the texts one after the other. */
  interface Reader {
    void read(Document document) throws IOException;
  }

  /**
   * Hands each text to the reader. What was only found in a folder or an archive is passed over if
   * it is no text: has a NUL early on or, but at byte level, does not begin as UTF-8.
   *
   * @param level what tokens will be made of it
   * @param progress takes the number of bytes read from disk since it was last told
   * @throws InputException when something cannot be read, an archive is damaged, or a folder or an
   *     archive has no text
   */
  void read(Level level, Reader reader, LongConsumer progress) {
    skipped = 0;
    anyBytes = level == Level.BYTE;
    Set<Path> withText = new HashSet<>();
    for (Item item : items) {
      if (readItem(item, reader, progress) && item.folder() != null) {
        withText.add(item.folder());
      }
    }
    for (Item item : items) {
      if (item.folder() != null && !withText.contains(item.folder())) {
        throw new InputException(
            item.folder() + " has no text files, only hidden or binary ones; name another folder.");
      }
    }
  }

  private boolean readItem(Item item, Reader reader, LongConsumer progress) {
    Path path = item.path();
    if (path == null) {
      read(new Document("the standard input", standardInput, progress), true, reader);
      return true;
    }
    boolean named = item.folder() == null;
    if (Document.isNamed(path, ".zip")) {
      int texts = ZipTexts.read(path, document -> read(document, false, reader), progress);
      if (texts == 0 && named) {
        throw new InputException(
            path + " has no text files, only hidden or binary ones; name another archive.");
      }
      return texts > 0;
    }
    try (Document document = Document.open(path, progress)) {
      return read(document, named, reader);
    }
  }

  /** Reads a text unless it is none and only found, not named. */
  private boolean read(Document document, boolean named, Reader reader) {
    try {
      if (!named && (anyBytes ? document.isBinary() : !document.isText())) {
        skipped++;
        return false;
      }
      reader.read(document);
      return true;
    } catch (IOException e) {
      throw Document.unreadable(document.name(), e);
    }
  }

  private static Path path(String argument) {
    try {
      return Path.of(argument);
    } catch (InvalidPathException e) {
      throw new InputException("'" + argument + "' is no valid path: " + e.getReason() + ".", e);
    }
  }
}
